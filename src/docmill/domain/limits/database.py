"""PostgreSQL, its tables and what is remembered of them."""

from docmill.domain.limits.units import MIB

SOCKET_PATH_BYTES_MAX = 107
"""Length of a Unix socket's path, as the kernel allows it; longer ones move to a short private folder."""
DATABASE_CONNECTIONS_MAX = 100
"""Connections to the embedded database, over all processes."""
DATABASE_POOL_CONNECTIONS_MAX = 5
"""Connections of one process for its work; one more listens for new work."""
DATABASE_CONNECT_S_MAX = 5.0
"""Wait for a connection. Code: unavailable."""
DATABASE_STATEMENT_S_MAX = 30.0
"""Run time of one statement. Code: unavailable."""
DATABASE_START_WALL_S_MAX = 180.0
"""Wait for the embedded database to start, recovery after a crash included. Code: unavailable."""
DATABASE_STOP_WALL_S_MAX = 15.0
"""Wait for the embedded database to obey each of: stop, stop at once, SIGKILL. Right after 1,000 tenants
were made it has 40,000 files to write down."""
DATABASE_LOG_BYTES_MAX = 10 * MIB
"""Size at which the embedded database's log is put aside when it starts."""
DATABASE_TRIES_MAX = 3
"""Tries of a statement that loses a deadlock or a serialization race. Code: unavailable."""
BACKEND_TENANTS_MAX = 400
"""Tenants that the database connections of a process meet before they are replaced: of each, a backend
remembers about 0.3 MB."""
MIGRATION_LOCK_S = 2
"""How long a migration waits for a table of a tenant at work; behind it, the tenant waits. Then it is put
off."""
MIGRATION_LOCK_WAIT_S = 1.0
"""Pause before those tenants have their turn again whose tables were busy."""
MIGRATION_ROUNDS_MAX = 10
"""Rounds of a migration over tenants whose tables were busy. Code: unavailable."""
MIGRATION_PROGRESS_SCHEMAS = 50
"""Tenants' schemas that a migration goes through between two words about how far it is."""
ISOLATION_FAULTS_SHOWN_MAX = 20
"""Faults of isolation that one error names."""
FIELD_VALUE_CHARS_MAX = 400
"""Characters of an extracted value that filters compare."""
FIELD_PATH_CHARS_MAX = 200
"""Length of a path that can be filtered by."""
EXPORT_PAGE_DOCUMENTS = 20
"""Documents that an export holds in memory at a time."""
KEY_CACHE_S = 5.0
"""How long a process may go on accepting a key that was revoked elsewhere."""
READING_LIMITS_CACHE_S = 60.0
"""How long a process may go on with a tenant's reading limits that were changed elsewhere."""
KEY_CACHE_ENTRIES_MAX = 10_000
"""Keys that a process remembers."""
