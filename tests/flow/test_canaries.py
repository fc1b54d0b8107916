"""Two hundred documents of four tenants, each with a word that nobody else may ever see."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from tests.flow.canaries import LETTERS, Carrier, Watch, carriers, own_type, word
from tests.flow.leaky import PLANTED
from tests.flow.running import Running, settled

from docmill import wiring
from docmill.adapters.postgres.database import Database
from docmill.domain.tenants import TenantId, Tier

DOCUMENTS_EACH = 50
SILO = ("acme", "globex")


class Receiver:
    """Takes webhooks (`/hooks/<tenant>`) and traces (`/v1/traces`) on loopback."""

    def __init__(self) -> None:
        self.hooks: list[tuple[str, bytes]] = []
        self.traces: list[bytes] = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.startswith("/hooks/"):
                    mine.hooks.append(
                        (self.path.rpartition("/")[2], bytes(str(self.headers), "utf-8") + body)
                    )
                else:
                    mine.traces.append(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> Path:
    """Everything on that may tell somebody something; the folder is where temporary files go."""
    folder = tmp_path / "temporary"
    folder.mkdir(mode=0o777)
    folder.chmod(0o1777)
    tmp_path.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("DOCMILL_OTLP_URL", receiver.url)
    monkeypatch.setenv("DOCMILL_TRACES", "file")
    monkeypatch.setenv("DOCMILL_LOG_LEVEL", "debug")
    monkeypatch.setenv("DOCMILL_WEBHOOK_ALLOW", "127.0.0.0/8")
    return folder


class Tenant:
    """A client of one tenant that shows all that it is answered."""

    def __init__(self, name: str, url: str, key: str, watch: Watch) -> None:
        self.name, self.watch = name, watch
        self.http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30.0)
        self.documents: list[str] = []

    async def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        answer = await self.http.request(method, path, **options)  # type: ignore[arg-type]
        self.watch.see(f"answer:{method} {path}", str(answer.headers), owner=self.name)
        content = answer.content
        if path == "/v1/search" and answer.status_code == 200:
            told = answer.json()
            told.pop("query", None)  # what this tenant has typed itself
            content = json.dumps(told).encode()
        self.watch.see(f"answer:{method} {path}", content, owner=self.name)
        return answer

    async def upload(self, file: Carrier) -> None:
        answer = await self.ask(
            "POST",
            "/v1/documents",
            params={"name": file.name, "batch": f"batch-{file.word}"},
            content=file.data,
            headers={"Idempotency-Key": file.word},
        )
        assert answer.status_code in (200, 202), answer.text
        self.documents.append(answer.json()["document_id"])


async def _prepared(tenant: Tenant, receiver: Receiver) -> None:
    """A type of its own and a webhook, where there are webhooks."""
    made = own_type(tenant.name)
    answer = await tenant.ask("PUT", f"/v1/types/{made['name']}", json=made)
    assert answer.status_code in (200, 201), answer.text
    hook = {"url": f"{receiver.url}/hooks/{tenant.name}", "description": word(tenant.name)}
    answer = await tenant.ask("POST", "/v1/webhooks", json=hook)
    assert answer.status_code == 201, answer.text


async def _corrected(tenant: Tenant) -> int:
    """Take some documents in review and correct them with a word; return how many were saved."""
    saved = 0
    for _ in range(5):
        taken = await tenant.ask("POST", "/v1/reviews/next")
        if taken.status_code != 200:
            break
        body = taken.json()
        document = body["document_id"]
        shown = await tenant.ask("GET", f"/v1/reviews/{document}")
        operations = [{"op": "set", "path": "invoice_number", "value": word(tenant.name)}]
        answer = await tenant.ask(
            "POST",
            f"/v1/reviews/{document}/corrections",
            json={"lease": (body.get("lease") or {}).get("id", ""), "operations": operations},
            headers={"If-Match": shown.headers.get("ETag", '"1"')},
        )
        saved += answer.status_code == 200
        await tenant.ask("GET", f"/v1/documents/{document}/corrections")
    return saved


async def _looked_around(tenant: Tenant, others: list[Tenant]) -> None:
    """Ask for everything that is one's own, and for everything that is not."""
    query = {"limit": 200}
    for path in (
        "/v1/documents",
        "/v1/types",
        "/v1/batches",
        "/v1/webhooks",
        "/v1/reviews",
        "/v1/letters",
        "/v1/usage",
    ):
        await tenant.ask("GET", path, params=query if path == "/v1/documents" else None)
    for kind in ("csv", "jsonl", "xlsx"):
        await tenant.ask("GET", "/v1/export", params={"format": kind})
    for document in tenant.documents[:12]:
        for part in ("", "/result", "/pages/1", "/pages/1.png", "/file", "/runs/1", "/events", "/children"):
            await tenant.ask("GET", f"/v1/documents/{document}{part}")
    for other in others:
        for document in other.documents[:4]:
            for part in ("", "/result", "/pages/1", "/file", "/events", "/runs/1"):
                answer = await tenant.ask("GET", f"/v1/documents/{document}{part}")
                assert answer.status_code == 404, answer.text
        await tenant.ask("GET", f"/v1/types/slip_{LETTERS[other.name]}")
    await tenant.ask("GET", "/v1/search", params={"q": "invoice number total Muster slip"})
    await tenant.ask("GET", "/v1/documents", params={"limit": f"nonsense{word(tenant.name)}"})
    await tenant.ask("POST", "/v1/search", json={"query": word(tenant.name), "wrong": word(tenant.name)})
    await tenant.ask("PUT", "/v1/types/slip", content=word(tenant.name))
    await tenant.ask("GET", f"/v1/{word(tenant.name)}")


async def _searched(tenant: Tenant, others: list[Tenant], words: dict[str, list[str]]) -> int:
    """Search for own words, and type those of others; return how many own ones were found."""
    hits = 0
    for mine in words[tenant.name][:6]:
        hits += bool((await tenant.ask("GET", "/v1/search", params={"q": mine})).json()["items"])
    for other in others:
        for theirs in words[other.name][:3]:
            await tenant.ask("GET", "/v1/search", params={"q": theirs})
            listed = await tenant.ask("GET", "/v1/documents", params={"name": theirs})
            assert listed.status_code in (200, 422)
    return hits


async def _listened(tenant: Tenant) -> None:
    """Hear what is told by server-sent events, until cancelled."""
    async with tenant.http.stream("GET", "/v1/events", timeout=None) as told:
        async for chunk in told.aiter_bytes():
            tenant.watch.see("stream:/v1/events", chunk, owner=tenant.name)


async def _tables(database: Database, tenant: str, watch: Watch) -> None:
    """All that the tenant's own role can read: its own words and nobody else's."""
    async with database.tenant(TenantId(tenant)) as transaction:
        tables = await transaction.all(
            b"SELECT table_schema AS s, table_name AS t FROM information_schema.table_privileges "
            b"WHERE privilege_type = 'SELECT' AND table_schema !~ '^(pg_|information)' GROUP BY 1, 2"
        )
        for table in tables:
            rows = await transaction.all(
                f'SELECT x::text AS row FROM "{table["s"]}"."{table["t"]}" x'.encode()
            )
            for row in rows:
                watch.see(f"tables:{table['t']}", row["row"], owner=tenant)


async def _shared_tables(database: Database, watch: Watch) -> None:
    """What belongs to the platform and not to one tenant: ids and codes only."""
    async with database.service() as transaction:
        for table in ("journal", "claims"):
            for row in await transaction.all(f"SELECT x::text AS row FROM docmill.{table} x".encode()):
                watch.see(f"journal:{table}", row["row"])


async def everything(
    running: Running,
    receiver: Receiver,
    temporary: Path,
    watch: Watch,
    *,
    documents_each: int = DOCUMENTS_EACH,
) -> None:
    """A day of four tenants, and a look at all that came of it."""
    async with AsyncExitStack() as open_until:
        tenants = []
        for name in LETTERS:
            key = await running.key(name, Tier.SILO if name in SILO else Tier.POOL)
            tenants.append(Tenant(name, running.url, key, watch))
            await open_until.enter_async_context(tenants[-1].http)
        await _a_day(running, receiver, tenants, watch, documents_each)
    await asyncio.to_thread(running.stop)
    _gathered(running, receiver, temporary, watch)


async def _a_day(
    running: Running, receiver: Receiver, tenants: list[Tenant], watch: Watch, documents_each: int
) -> None:
    for tenant in tenants:
        await _prepared(tenant, receiver)
    listening = [asyncio.create_task(_listened(tenant)) for tenant in tenants]
    words, corrected = await _worked(running, tenants, documents_each), 0
    for tenant in tenants:
        others = [other for other in tenants if other is not tenant]
        assert await _searched(tenant, others, words) >= 3
        await _looked_around(tenant, others)
        corrected += await _corrected(tenant)
    assert corrected
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    watch.see("metrics:/metrics", await asyncio.to_thread(running.metrics))
    async with wiring.platform(running.settings) as platform:
        await settled(platform, [TenantId(name) for name in LETTERS], timeout_s=60)
        for name in LETTERS:
            await _tables(platform.database, name, watch)
        await _shared_tables(platform.database, watch)


async def _worked(running: Running, tenants: list[Tenant], documents_each: int) -> dict[str, list[str]]:
    """All documents in, all of them at an end; the words of those that can be found."""
    files = {tenant.name: carriers(tenant.name, documents_each) for tenant in tenants}

    async def fill(tenant: Tenant) -> None:
        for file in files[tenant.name]:
            await tenant.upload(file)

    await asyncio.gather(*(fill(tenant) for tenant in tenants))
    async with wiring.platform(running.settings) as platform:
        await settled(platform, [TenantId(name) for name in LETTERS], timeout_s=120)
    return {
        name: [file.word for file in some if file.name.endswith((".txt", ".csv"))]
        for name, some in files.items()
    }


def _gathered(running: Running, receiver: Receiver, temporary: Path, watch: Watch) -> None:
    """What was written and sent while nobody looked."""
    watch.see("log:up", running.said())
    for name, body in receiver.hooks:
        # A batch has the name that the tenant gave it, and its webhook is to name it.
        watch.see(f"webhook:{name}", re.sub(rb"batch-zq\w+", b"", body))
    for body in receiver.traces:
        watch.see("trace:collector", body)
    watch.see_files("trace", running.settings.traces_folder)
    watch.see_files(
        "home", running.home, without=("blobs", "postgres/data", "postgres/programs", "up.log", "run/traces")
    )
    watch.see_files("temporary", temporary)


async def test_no_word_of_a_tenant_is_seen_where_it_does_not_belong(
    temporary: Path, receiver: Receiver, home: Path
) -> None:
    running, watch = Running(home), Watch()
    try:
        running.start()
        await everything(running, receiver, temporary, watch)
    finally:
        running.end()
    assert not watch.leaks, sorted(watch.leaks, key=str)[:20]
    assert watch.own > 1_000
    for kind in ("answer", "log", "metrics", "trace", "webhook", "journal", "tables", "home", "stream"):
        assert watch.looked_at.get(kind), f"nothing of {kind} was looked at"


async def test_eight_planted_leaks_are_all_found(temporary: Path, receiver: Receiver, home: Path) -> None:
    running, watch = Running(home, module="tests.flow.leaky_up"), Watch()
    try:
        running.start()
        await everything(running, receiver, temporary, watch, documents_each=10)
    finally:
        running.end()
    found = {
        plant.__name__
        for plant, (place, owner) in PLANTED.items()
        if any(leak.place.startswith(place) and bool(leak.owner) == bool(owner) for leak in watch.leaks)
    }
    assert found == {plant.__name__ for plant in PLANTED}
