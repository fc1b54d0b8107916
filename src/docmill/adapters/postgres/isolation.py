"""Who may see what, as the database's own catalog tells it: for ``migrate``, tests, ``docmill doctor``."""

from docmill.adapters.postgres.administration import administration
from docmill.adapters.postgres.database import Connection
from docmill.adapters.postgres.queries import queries
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.database import ISOLATION_FAULTS_SHOWN_MAX

_CHECKS = ("roles", "rights", "policies", "code", "outside")


async def isolation_faults(admin_dsn: str) -> list[str]:
    """Return one line for each right or missing policy that tenants are not kept apart by; empty is good."""
    async with administration(admin_dsn) as admin:
        return await faults(admin)


async def faults(admin: Connection) -> list[str]:
    sql = queries("isolation")
    found: set[str] = set()
    for check in _CHECKS:
        rows = await (await admin.execute(sql["known"] + b"\n" + sql[check])).fetchall()
        found |= {row["fault"] for row in rows}
    return sorted(found)


async def require_isolation(admin: Connection) -> None:
    """Raise DocmillError(setting_invalid) that names what tenants are not kept apart by."""
    found = await faults(admin)
    if found:
        shown = found[:ISOLATION_FAULTS_SHOWN_MAX]
        more = f"; and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
        raise DocmillError(
            ErrorCode.SETTING_INVALID,
            f"the database does not keep tenants apart: {'; '.join(shown)}{more}",
            action="Correct that in the database and start again; docs/isolation.md says what is expected.",
        )
