"""Forms arrive in pieces of any size, and come out the same."""

from collections.abc import AsyncIterator, Sequence

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from docmill.domain.errors import DocmillError
from docmill.entrypoints.api.bodies import parts

FILES = st.lists(st.binary(max_size=300), min_size=1, max_size=4)


def request(content_type: str, chunks: Sequence[bytes]) -> Request:
    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    rest = body()

    async def receive() -> dict[str, object]:
        chunk = await anext(rest, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def pieces(body: bytes, sizes: Sequence[int]) -> list[bytes]:
    found, at = [], 0
    for size in sizes:
        found.append(body[at : at + size])
        at += size
    return [*found, body[at:]]


@settings(max_examples=60, deadline=None)
@given(files=FILES, sizes=st.lists(st.integers(1, 200), max_size=12))
async def test_how_a_form_is_cut_into_pieces_makes_no_difference(
    files: list[bytes], sizes: list[int]
) -> None:
    form = httpx.Request(
        "POST", "http://api/", files=[("f", (f"{n}.pdf", data)) for n, data in enumerate(files)]
    )
    given_chunks = pieces(form.read(), sizes)
    found = []
    async for part in parts(request(form.headers["content-type"], given_chunks)):
        with part.spool:
            found.append((part.name, part.filename, part.spool.whole(), part.too_large))
    assert found == [("f", f"{n}.pdf", data, False) for n, data in enumerate(files)]


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=400), sizes=st.lists(st.integers(1, 50), max_size=8))
async def test_no_nonsense_brings_the_form_reader_down(body: bytes, sizes: list[int]) -> None:
    chunks = pieces(b"--b\r\n" + body + b"\r\n--b", sizes)
    refusal = 422
    try:
        async for part in parts(request("multipart/form-data; boundary=b", chunks)):
            part.spool.close()
    except DocmillError as error:
        refusal = error.status
    assert refusal == 422
