"""`docmill people`: who signs in with a password, and what he may do where."""

import asyncio
import sys
from typing import Annotated

import typer

from docmill.domain.access import Role
from docmill.domain.tenants import tenant_id
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, show_lines

app = typer.Typer(
    help="People who sign in with a password, on the machine of the platform.", no_args_is_help=True
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the person signs in with.")]
TenantName = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant.")]
_LISTED: Columns = (
    ("email", lambda row: row["email"]),
    ("roles", lambda row: ", ".join(f"{tenant}: {role}" for tenant, role in row["roles"].items())),
    ("platform", lambda row: "admin" if row["platform_admin"] else ""),
    ("password", lambda row: "yes" if row["has_password"] else "no"),
    ("made", lambda row: row["created_at"]),
)


@app.command("add")
def add(
    email: Email,
    platform_admin: Annotated[
        bool,
        typer.Option(
            "--platform-admin", help="Looks after the platform; sees nothing of what is in tenants."
        ),
    ] = False,
    home: Home = None,
) -> None:
    """Make somebody, who then needs a password and a role; of somebody known, change whether he is a
    platform admin.
    """
    asyncio.run(_add(email, home, platform_admin=platform_admin))
    say(f"{email} is known")


@app.command("list")
def list_people(home: Home = None, output: OutputFormat = None) -> None:
    """List everybody, with the roles."""
    show_lines(asyncio.run(_people(home)), _LISTED, output)


@app.command("grant")
def grant(
    tenant: TenantName,
    email: Email,
    role: Annotated[Role, typer.Argument(help="What the person may do in the tenant.")],
    home: Home = None,
) -> None:
    """Give somebody a role in a tenant, in the place of an earlier one."""
    asyncio.run(_grant(tenant, email, role, home))
    say(f"{email} is {role} in {tenant}")


@app.command("revoke")
def revoke(tenant: TenantName, email: Email, home: Home = None) -> None:
    """Take somebody's role in a tenant, within seconds."""
    asyncio.run(_revoke(tenant, email, home))
    say(f"{email} has no role in {tenant}")


@app.command("password")
def password(email: Email, home: Home = None) -> None:
    """Set somebody's password, asked for on the terminal or read from stdin; all his sessions end."""
    asyncio.run(_password(email, _asked(), home))
    say(f"{email} has a new password")


def _asked() -> str:
    """Never as an argument: those stand in the list of processes and in the shell's history."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


async def _add(email: str, home: Home, *, platform_admin: bool) -> None:
    async with administered(home) as platform:
        await platform.identity.people.add(email, platform_admin=platform_admin)


async def _people(home: Home) -> list[Json]:
    async with administered(home) as platform:
        return [
            {
                "email": person.email,
                "roles": {tenant: role.value for tenant, role in person.roles},
                "platform_admin": person.platform_admin,
                "has_password": person.has_password,
                "created_at": person.created_at.isoformat(),
            }
            for person in await platform.identity.people.all()
        ]


async def _grant(tenant: str, email: str, role: Role, home: Home) -> None:
    async with administered(home) as platform:
        await platform.identity.people.grant(tenant_id(tenant), email, role, by="cli")


async def _revoke(tenant: str, email: str, home: Home) -> None:
    async with administered(home) as platform:
        await platform.identity.people.revoke(tenant_id(tenant), email)


async def _password(email: str, word: str, home: Home) -> None:
    async with administered(home) as platform:
        await platform.identity.people.set_password(email, word)
