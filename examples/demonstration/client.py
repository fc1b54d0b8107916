"""One tenant's view of the API, over HTTP with its key."""

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import httpx

from .files import PileFile
from .platform import DemoFailed

Json = dict[str, Any]

ATTEMPTS_MAX = 20
_TRY_AGAIN = (429, 503)


class Tenant:
    """Uploads are repeated with the same Idempotency-Key when the API is busy or the connection is cut."""

    def __init__(self, name: str, key: str, *, url: str) -> None:
        self.name = name
        self.key = key
        self.url = url
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60.0)

    def upload(self, file: PileFile, *, batch: str) -> Json:
        """Return the accepted item, or the problem that the API refused the file with."""
        data = file.path.read_bytes()
        name = file.name.rpartition("/")[2]
        digest = hashlib.sha256(f"{file.name}\0".encode() + data).hexdigest()
        key = f"{batch}:{digest}"
        for attempt in range(ATTEMPTS_MAX):
            try:
                answer = self._http.post(
                    "/v1/documents",
                    params={"name": name, "batch": batch},
                    content=data,
                    headers={"Idempotency-Key": key, "Content-Type": "application/octet-stream"},
                )
            except httpx.TransportError:
                time.sleep(0.25 * (attempt + 1))
                continue
            if answer.status_code not in _TRY_AGAIN:
                return _json(answer)
            time.sleep(min(2.0, 0.25 * (attempt + 1)))
        raise DemoFailed(f"{file.name} could not be uploaded in {ATTEMPTS_MAX} tries.")

    def documents(self, **where: str) -> Iterator[Json]:
        """Every document that the filter lets through, newest first."""
        cursor: str | None = None
        while True:
            parameters = where | {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = self.get("/v1/documents", **parameters)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def get(self, path: str, **parameters: str) -> Json:
        answer = self.ask(path, **parameters)
        if answer.is_error:
            raise DemoFailed(f"GET {path} answered {answer.status_code}: {answer.text[:300]}")
        return _json(answer)

    def ask(self, path: str, **parameters: str) -> httpx.Response:
        """GET, whatever the answer; the demo's questions are harmless to repeat."""
        for attempt in range(ATTEMPTS_MAX):
            try:
                answer = self._http.get(path, params=parameters)
            except httpx.TransportError:
                time.sleep(0.25 * (attempt + 1))
                continue
            if answer.status_code not in _TRY_AGAIN:
                return answer
            time.sleep(0.5)
        raise DemoFailed(f"GET {path} got no answer in {ATTEMPTS_MAX} tries.")


def _json(answer: httpx.Response) -> Json:
    try:
        body = answer.json()
    except ValueError:
        raise DemoFailed(f"{answer.request.url.path} answered {answer.status_code} without JSON.") from None
    if not isinstance(body, dict):
        raise DemoFailed(f"{answer.request.url.path} answered something else than an object.")
    return body
