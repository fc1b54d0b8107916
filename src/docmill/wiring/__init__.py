"""URL → adapter: the only package that imports both stages and adapters.

Everything heavy is imported inside the function that needs it: `docmill extract` loads no database
driver, and a worker no OCR engine.
"""

from docmill.wiring.clock import now
from docmill.wiring.database import (
    database_dsns,
    embedded_database,
    examine_database,
    migrate,
    pending_migrations,
    require_database,
)
from docmill.wiring.keeping import backup, backup_to_check, blob_folder, doctor
from docmill.wiring.ports import Platform, health, identity, platform
from docmill.wiring.reading import in_process, locks_on, reader, require_locks
from docmill.wiring.stages import bookmark, collector, deliverer, postman, runner

__all__ = [
    "Platform",
    "backup",
    "backup_to_check",
    "blob_folder",
    "bookmark",
    "collector",
    "database_dsns",
    "deliverer",
    "doctor",
    "embedded_database",
    "examine_database",
    "health",
    "identity",
    "in_process",
    "locks_on",
    "migrate",
    "now",
    "pending_migrations",
    "platform",
    "postman",
    "reader",
    "require_database",
    "require_locks",
    "runner",
]
