"""The digital files of the example pile through the whole platform, and the same files in process."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from examples.piles.manifest import write_pile
from tests.flow.running import Client, Running, settled

from docmill import wiring
from docmill.domain.tenants import TenantId
from docmill.engines.types import load_shipped

ACME = TenantId("acme")
KINDS = ("bad_", "facturx", "invoice_", "letter", "mail", "statement_en", "xrechnung", "zugferd")

BLOCKED_BY = {"bad_font.pdf": "picture", "bad_hidden_rows.xlsx": "completeness"}


def digital(folder: Path) -> list[Path]:
    """What needs no OCR, but for the empty file, which is refused at the door."""
    found = [path for path in folder.iterdir() if path.name.startswith(KINDS)]
    return sorted(path for path in found if path.stat().st_size > 0)


async def in_process(files: list[Path]) -> dict[str, dict[str, Any]]:
    reader = wiring.reader()
    try:
        work = wiring.in_process(reader, list(load_shipped().values()))
        return {path.name: (await work.process(path.read_bytes(), path.name))[0].to_json() for path in files}
    finally:
        await reader.close()


async def test_the_platform_finds_what_the_pipeline_finds_in_process(
    running: Running, tmp_path: Path
) -> None:
    write_pile(tmp_path, seed=1)
    files = digital(tmp_path)
    labels = {
        line["file"]: line for line in map(json.loads, (tmp_path / "labels.jsonl").read_text().splitlines())
    }
    expected = await in_process(files)
    key = await running.key("acme")
    async with Client(running.url, key) as client, wiring.platform(running.settings) as platform:
        ids = {path.name: await client.submit(path.read_bytes(), path.name, key=path.name) for path in files}
        await settled(platform, [ACME], timeout_s=120)
        for name, document in ids.items():
            result = await client.get(f"/v1/documents/{document}/result")
            assert result["status"] == expected[name]["status"], name
            assert result["code"] == expected[name]["code"], name
            assert (result["status"] == "rejected") == (labels[name]["status"] == "rejected"), name
            if result["status"] != "rejected":
                assert result["value"] == expected[name]["value"], name
                assert result["blockers"] == expected[name]["blockers"], name
                assert result["usage"]["cpu_seconds"] > 0
                assert BLOCKED_BY.get(name) in {None, *(each["rule"] for each in result["blockers"])}, name
        assert not await platform.claims.dead_letters()
        await one_event_ends_each(platform, ids)


async def one_event_ends_each(platform: wiring.Platform, ids: dict[str, UUID]) -> None:
    for document in ids.values():
        journal = await platform.store.journal(ACME, document)  # type: ignore[arg-type]
        names = [event.type for event in journal]
        assert len(names) == len(set(names))
        assert journal[0].cause is None
