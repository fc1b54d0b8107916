"""Files in: what is acknowledged is there, and nothing else is."""

import asyncio

import httpx
import pytest
from tests.api.memory_platform import Platform, upload

from docmill.domain.documents import Upload
from docmill.domain.errors import Unavailable
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import bodies, receiving, waiting


async def test_an_upload_answers_202_and_says_where_to_look(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    answer = await client.post("/v1/documents?name=invoice.pdf", content=b"Invoice")
    document = answer.json()["document_id"]
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/documents/{document}"
    assert answer.headers["operation-location"] == f"/v1/operations/{document}"
    assert int(answer.headers["retry-after"]) > 0
    assert (await client.get(answer.headers["location"])).json()["name"] == "invoice.pdf"
    assert (await client.get(f"/v1/documents/{document}/file")).content == b"Invoice"


async def test_a_form_with_one_file_is_answered_like_a_bare_body(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/documents", files={"file": ("a/b\\invoice.pdf", b"Invoice")}, data={"batch": "one"}
    )
    assert answer.status_code == 202
    document = (await client.get(answer.headers["location"])).json()
    assert (document["name"], document["batch"]) == ("invoice.pdf", "one")


async def test_each_file_of_a_form_has_an_item_of_its_own(client: httpx.AsyncClient) -> None:
    await upload(client, b"known")
    files = [("file", ("a.pdf", b"a")), ("file", ("empty.pdf", b"")), ("file", ("known.pdf", b"known"))]
    answer = await client.post("/v1/documents", files=files)
    body = answer.json()
    assert answer.status_code == 202
    assert [item["status"] for item in body["items"]] == ["accepted", "refused", "duplicate"]
    assert body["counts"] == {"accepted": 1, "duplicate": 1, "refused": 1}
    assert body["items"][1]["problem"]["code"] == "file_empty"


async def test_many_files_are_a_batch_even_when_nobody_names_one(client: httpx.AsyncClient) -> None:
    body = (await client.post("/v1/documents", files=[("f", ("a", b"a")), ("f", ("b", b"b"))])).json()
    document = (await client.get(body["items"][0]["document"])).json()
    assert (await client.get(f"/v1/batches/{document['batch']}")).json()["total"] == 2


async def test_the_same_bytes_are_answered_with_the_document_that_has_them(client: httpx.AsyncClient) -> None:
    first = await upload(client)
    again = await client.post("/v1/documents", content=b"Invoice")
    assert (again.status_code, again.json()["duplicate_of"]) == (200, first)
    other = await client.post("/v1/documents?allow_duplicate=true", content=b"Invoice")
    assert other.status_code == 202
    assert other.json()["document_id"] != first


async def test_twenty_parallel_posts_with_one_key_make_one_document(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    posts = [client.post("/v1/documents", content=b"x", headers={"Idempotency-Key": "k"}) for _ in range(20)]
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["document_id"] for answer in answers}) == 1
    assert len(platform.db.documents) == 1


@pytest.mark.parametrize(
    "change", [{"content": b"y"}, {"params": {"type": "invoice"}}, {"params": {"name": "z"}}]
)
async def test_a_key_that_comes_back_with_another_request_is_refused(
    client: httpx.AsyncClient, platform: Platform, change: dict[str, object]
) -> None:
    request: dict[str, object] = {"content": b"x", "headers": {"Idempotency-Key": "k"}}
    await client.post("/v1/documents", **request)
    answer = await client.post("/v1/documents", **(request | change))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert len(platform.db.documents) == 1


async def test_a_form_that_comes_back_with_one_file_more_is_refused_as_a_whole(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    files = [("f", ("a", b"a")), ("f", ("b", b"b"))]
    headers = {"Idempotency-Key": "k"}
    first = await client.post("/v1/documents", files=files, headers=headers)
    again = await client.post("/v1/documents", files=files, headers=headers)
    assert first.json() == again.json()
    longer = await client.post("/v1/documents", files=[*files, ("f", ("c", b"c"))], headers=headers)
    assert longer.status_code == 422
    assert len(platform.db.documents) == 2


async def test_a_file_over_the_limit_is_refused_with_413_and_leaves_nothing(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "FILE_SIZE_BYTES_MAX", 10)

    async def endless():
        for _ in range(5):
            yield b"12345"

    for request in (
        {"content": b"12345678901"},
        {"content": endless()},
        {"files": {"f": ("a", b"12345678901")}},
    ):
        answer = await client.post("/v1/documents", **request)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert not platform.db.documents
    assert not platform.blobs.files
    assert (await client.post("/v1/documents", content=b"1234567890")).status_code == 202


async def test_a_tenant_with_a_lower_limit_is_told_and_held_to_it(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    await platform.tenancy.lower_limits(TenantId("acme"), {"file_size_bytes_max": 10})
    for request in ({"content": b"12345678901"}, {"files": {"f": ("a", b"12345678901")}}):
        answer = await client.post("/v1/documents", **request)
        assert (answer.status_code, answer.json()["detail"]) == (413, "A file may have 10 bytes.")
    assert not platform.blobs.files
    told = (await client.get("/v1/limits")).json()
    assert (told["limits"]["file_size_bytes_max"], told["everybody"]["file_size_bytes_max"]) == (
        10,
        50 * 2**20,
    )


async def test_a_request_over_the_limit_is_refused_with_413(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "REQUEST_SIZE_BYTES_MAX", 400)
    files = [("f", (f"{n}", b"1234567890")) for n in range(10)]
    answer = await client.post("/v1/documents", files=files)
    assert answer.status_code == 413
    assert not platform.db.documents


async def test_an_empty_file_is_refused_at_the_door(client: httpx.AsyncClient, platform: Platform) -> None:
    answer = await client.post("/v1/documents?name=empty.pdf", content=b"")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_empty")
    assert not platform.db.documents


@pytest.mark.parametrize(
    "request_",
    [
        {"params": {"type": "nonesuch"}, "content": b"x"},
        {"params": {"batch": "a/b"}, "content": b"x"},
        {"params": {"batch": "b" * 101}, "content": b"x"},
        {"headers": {"Idempotency-Key": "k" * 201}, "content": b"x"},
        {"headers": {"Content-Type": "multipart/form-data"}, "content": b"x"},
        {"headers": {"Content-Type": "multipart/form-data; boundary=b"}, "content": b"nonsense"},
        {
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            "content": b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\ncut',
        },
        {"data": {"batch": "x"}, "files": {"colour": (None, "red")}},
        {"files": [("f", (f"{n}", b"x")) for n in range(101)]},
    ],
)
async def test_a_request_that_cannot_be_followed_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, platform: Platform, request_: dict[str, object]
) -> None:
    answer = await client.post("/v1/documents", **request_)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert not platform.db.documents


async def test_a_full_disk_is_told_with_503_and_retry_after(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    platform.blobs.full = True
    answer = await client.post("/v1/documents", content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
    assert answer.headers["retry-after"]
    assert answer.json()["retryable"] is True
    assert not platform.db.documents


async def test_the_bytes_are_on_disk_before_the_document_is_accepted(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[bool] = []

    async def accept(upload: Upload) -> None:
        there.append((upload.tenant, upload.blob.sha256) in platform.blobs.files)
        raise Unavailable("database")

    monkeypatch.setattr(platform.store, "accept", accept)
    answer = await client.post("/v1/documents", content=b"x")
    assert (answer.status_code, answer.json()["retryable"]) == (503, True)
    assert there == [True]


async def test_no_file_of_a_form_is_accepted_before_all_have_come(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    whole = httpx.Request("POST", "http://api/", files=[("f", ("a", b"a")), ("f", ("b", b"b"))])
    body = whole.read()
    answer = await client.post(
        "/v1/documents", content=body[:-20], headers={"Content-Type": whole.headers["content-type"]}
    )
    assert answer.status_code == 422
    assert not platform.db.documents


async def test_whoever_wishes_to_wait_gets_the_end_if_it_comes_in_time(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    asked = asyncio.create_task(client.post("/v1/documents", content=b"x", headers={"Prefer": "wait=20"}))
    await platform.db.news.wait()
    document = next(iter(platform.db.documents))[1]
    await platform.finish(str(document))
    answer = await asked
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.headers["preference-applied"] == "wait"
    too_short = await client.post("/v1/documents", content=b"y", headers={"Prefer": "wait=0"})
    assert too_short.status_code == 202


async def test_of_one_tenant_only_so_many_wait_and_the_others_are_answered_at_once(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one tenant's wishes would take the room of everybody's requests."""
    monkeypatch.setattr(waiting, "WAITS_PER_TENANT_MAX", 1)
    patient = {"Prefer": "wait=20"}
    first = asyncio.create_task(client.post("/v1/documents", content=b"x", headers=patient))
    await platform.db.news.wait()
    document = str(next(iter(platform.db.documents))[1])
    await asyncio.sleep(0.05)
    answer = await client.get(f"/v1/operations/{document}", headers=patient)
    assert (answer.json()["status"], first.done()) == ("running", False)
    await platform.finish(document)
    assert (await first).json()["status"] == "succeeded"


async def test_the_trace_of_the_caller_goes_on_in_the_events(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    await client.post(
        "/v1/documents", content=b"x", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    )
    await client.post("/v1/documents", content=b"y", headers={"traceparent": "nonsense"})
    assert platform.db.events[0].trace.split("-")[1] == trace
    assert len(platform.db.events[1].trace) == 55


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\a.pdf", "a.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_a_file_name_is_only_a_name(given: str, kept: str) -> None:
    assert receiving.file_name(given) == kept


async def test_no_state_of_a_run_is_without_an_answer(client: httpx.AsyncClient, platform: Platform) -> None:
    expected = {
        RunState.UPLOADED: ("running", 409),
        RunState.READ: ("running", 409),
        RunState.ANALYZED: ("running", 409),
        RunState.IN_REVIEW: ("needs_review", 200),
        RunState.VALIDATED: ("succeeded", 200),
        RunState.ARCHIVED: ("succeeded", 200),
        RunState.UNPACKED: ("succeeded", 200),
        RunState.REJECTED: ("rejected", 200),
        RunState.FAILED: ("failed", 409),
        RunState.CANCELLED: ("cancelled", 200),
    }
    assert set(expected) == set(RunState)
    document = await upload(client)
    for state, (status, result_status) in expected.items():
        code = {RunState.REJECTED: "password_required", RunState.FAILED: "unavailable"}.get(state)
        platform.move(document, state, code=code)
        operation = await client.get(f"/v1/operations/{document}")
        assert (operation.status_code, operation.json()["status"], operation.json()["code"]) == (
            200,
            status,
            code,
        )
        assert ("action" in operation.json()) == (code is not None)
        assert ("retry-after" in operation.headers) == (status == "running")
        result = await client.get(f"/v1/documents/{document}/result")
        assert result.status_code == result_status
        assert result.json()["code"] == (code or ("not_ready" if status == "running" else None))


@pytest.mark.parametrize(
    ("state", "status"), [(RunState.UPLOADED, 409), (RunState.UNPACKED, 404), (RunState.REJECTED, 404)]
)
async def test_nobody_waits_for_the_pages_of_what_has_none(
    client: httpx.AsyncClient, platform: Platform, state: RunState, status: int
) -> None:
    document = await upload(client)
    platform.move(document, state)
    assert (await client.get(f"/v1/documents/{document}/pages/1")).status_code == status


async def test_an_operation_that_has_not_changed_answers_304(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    document = await upload(client)
    first = await client.get(f"/v1/operations/{document}")
    headers = {"If-None-Match": first.headers["etag"]}
    assert (await client.get(f"/v1/operations/{document}", headers=headers)).status_code == 304
    platform.move(document, RunState.READ)
    assert (await client.get(f"/v1/operations/{document}", headers=headers)).status_code == 200
