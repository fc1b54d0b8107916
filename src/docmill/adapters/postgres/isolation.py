"""Who may see what, as the database's own catalog tells it: for tests, and for ``docmill doctor``."""

from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.schema import administration


async def isolation_faults(admin_dsn: str) -> list[str]:
    """Return one line for each right or missing policy that tenants are not kept apart by; empty is good."""
    async with administration(admin_dsn) as admin:
        rows = await (await admin.execute(queries("isolation")["faults"])).fetchall()
    return [row["fault"] for row in rows]
