"""What became of each file, and whether that is what its label asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .client import Json, Tenant
from .files import Expected, PileFile

END_EVENTS = ("DocumentArchived", "ReviewRequested", "DocumentRejected", "DocumentFailed", "DocumentUnpacked")


@dataclass(frozen=True, slots=True)
class Outcome:
    """``seconds`` is from the upload to the end, waiting included; ``wrong`` says what is not as expected."""

    tenant: Tenant
    name: str
    document: str | None
    type: str | None
    status: str
    state: str
    code: str | None
    found: str
    blocks: str
    seconds: float | None
    cpu_seconds: float | None
    wrong: str | None
    result: Json


def outcomes(tenant: Tenant, file: PileFile, item: Json) -> Iterator[Outcome]:
    """The file's outcome, then those of the files inside it."""
    document = item.get("duplicate_of") or item.get("document_id")
    if document is None:
        yield _refused(tenant, file, item)
        return
    yield _outcome(tenant, file.name, document, file.expected)
    members = tenant.get(f"/v1/documents/{document}/children")["items"]
    for member in sorted(members, key=lambda one: one["ordinal"]):
        expected = file.expected.members.get(member["name"], Expected())
        yield _outcome(tenant, f"{file.name} › {member['name']}", member["id"], expected)
    for name in set(file.expected.members) - {member["name"] for member in members}:
        yield _absent(tenant, f"{file.name} › {name}")


def _outcome(tenant: Tenant, name: str, document: str, expected: Expected) -> Outcome:
    view = tenant.get(f"/v1/documents/{document}")
    result = (
        tenant.get(f"/v1/documents/{document}/result") if view["status"] not in ("failed", "running") else {}
    )
    type_name = (result.get("type") or {}).get("name")
    usage = result.get("usage") or {}
    return Outcome(
        tenant=tenant,
        name=name,
        document=document,
        type=type_name,
        status=view["status"],
        state=view["state"],
        code=view["code"],
        found=_found(result),
        blocks=_blocks(view["code"], result),
        seconds=_seconds(tenant, document),
        cpu_seconds=usage.get("cpu_seconds"),
        wrong=_wrong(expected, view["status"], view["code"], type_name),
        result=result,
    )


def _refused(tenant: Tenant, file: PileFile, problem: Json) -> Outcome:
    """The API answered the upload itself with an error: nothing was stored."""
    code = str(problem.get("code"))
    status = "rejected"
    return Outcome(
        tenant=tenant,
        name=file.name,
        document=None,
        type=None,
        status=status,
        state="refused",
        code=code,
        found="",
        blocks=code,
        seconds=None,
        cpu_seconds=None,
        wrong=_wrong(file.expected, status, code, None),
        result={},
    )


def _absent(tenant: Tenant, name: str) -> Outcome:
    return Outcome(
        tenant, name, None, None, "absent", "absent", None, "", "", None, None, "it was not unpacked", {}
    )


def _wrong(expected: Expected, status: str, code: str | None, type_name: str | None) -> str | None:
    if status not in expected.status:
        return f"want {' or '.join(expected.status)}"
    if expected.code is not None and code != expected.code:
        return f"want code {expected.code}"
    if expected.type is not None and status == "succeeded" and type_name != expected.type:
        return f"want type {expected.type}"
    return None


def _found(result: Json) -> str:
    """How many fields of the document have a value, and how many rows its lists have."""
    metadata = result.get("metadata") or {}
    own = [meta for path, meta in metadata.items() if "[" not in path]
    if not own:
        return ""
    found = sum(meta.get("source") is not None and "reason" not in meta for meta in own)
    rows = [
        f"{len(rows)} {path}" for path, rows in (result.get("value") or {}).items() if isinstance(rows, list)
    ]
    longest = max(rows, key=lambda text: int(text.split()[0]), default="")
    return f"{found}/{len(own)}" + (f", {longest}" if longest else "")


def _blocks(code: str | None, result: Json) -> str:
    blockers: list[dict[str, Any]] = result.get("blockers") or []
    if not blockers:
        return code or ""
    first = blockers[0]
    more = f" (+{len(blockers) - 1})" if len(blockers) > 1 else ""
    return f"{first['rule']}: {first['message']}{more}"


def _seconds(tenant: Tenant, document: str) -> float | None:
    events = tenant.get(f"/v1/documents/{document}/events")["items"]
    times = [datetime.fromisoformat(event["time"]) for event in events if event["type"] in END_EVENTS]
    if not times:
        return None
    return (max(times) - datetime.fromisoformat(events[0]["time"])).total_seconds()
