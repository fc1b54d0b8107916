"""A document that does not add up: to a person, corrected, and from there into the archive."""

import asyncio
from typing import Any

import httpx
from tests.flow.running import Client, Running, settled, text_pdf

from docmill import wiring
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")


def wrong_sum(number: str) -> bytes:
    return text_pdf(
        [
            "Muster GmbH",
            "INVOICE",
            f"Invoice number: {number}",
            "Invoice date: 2026-03-14",
            "Net total: 100.00 EUR",
            "VAT 19%: 19.00 EUR",
            "Total: 191.00 EUR",
        ]
    )


async def asked(client: Client, method: str, path: str, **options: Any) -> httpx.Response:
    answer = await client.raw(method, path, **options)
    assert answer.status_code < 300, answer.text
    return answer


async def test_an_invoice_that_does_not_add_up_is_corrected_and_archived(running: Running) -> None:
    key = await running.key("acme")
    async with Client(running.url, key) as client, wiring.platform(running.settings) as platform:
        document = await client.submit(wrong_sum("INV-9"), "a.pdf", key="a")
        assert await settled(platform, [ACME], timeout_s=60) == {"in_review": 1}
        (waiting,) = (await client.get("/v1/reviews"))["items"]
        assert (waiting["document_id"], waiting["kind"]) == (str(document), "review")
        assert "sums" in waiting["blockers"]
        taken = await asked(client, "POST", "/v1/reviews/next")
        item, etag = taken.json(), taken.headers["etag"]
        shown = (await client.get(f"/v1/reviews/{document}"))["result"]
        where = shown["metadata"]["gross_total"]["citations"][0]
        said = {
            "lease": item["lease"]["id"],
            "operations": [
                {"op": "set", "path": "gross_total", "value": "119.00", "page": 1, "box": where["box"]},
                {"op": "accept"},
            ],
        }
        saving = f"/v1/reviews/{document}/corrections"
        headers = {"If-Match": etag, "Idempotency-Key": "one"}
        first = await asked(client, "POST", saving, json=said, headers=headers)
        again = await asked(client, "POST", saving, json=said, headers=headers)
        assert first.json() == again.json()
        assert first.json()["evidence"] == [{"path": "gross_total", "evidence": "differs"}]  # 191 is printed
        assert await settled(platform, [ACME], timeout_s=60) == {"archived": 1}
        result = await client.get(f"/v1/documents/{document}/result")
        assert result["status"] == "succeeded"
        assert result["value"]["gross_total"]["amount"] == "119.00"
        meta = result["metadata"]["gross_total"]
        assert meta["source"] == "reviewer"
        assert meta["reviewer"].startswith("key:")
        assert meta["initial"]["value"]["amount"] == "191.00"
        (version,) = (await client.get(f"/v1/documents/{document}/versions"))["items"]
        archived = await client.get(f"/v1/documents/{document}/versions/{version['version']}")
        assert archived["result"]["value"]["gross_total"]["amount"] == "119.00"
        corrections = (await client.get(f"/v1/documents/{document}/corrections"))["items"]
        assert corrections[0]["before"]["amount"] == "191.00"
        events = (await client.get(f"/v1/documents/{document}/events"))["items"]
        assert "DocumentCorrected" in [event["type"] for event in events]
        assert "119.00" not in str(events)
        assert (await client.get("/v1/reviews"))["items"] == []
        rates = (await client.get("/v1/reviews/statistics"))["types"]
        assert [(one["type"], one["reviewed"]) for one in rates] == [("invoice", 1)]
        await asyncio.sleep(0)
