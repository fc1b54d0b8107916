"""Backup, restore and the deep doctor."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.settings import Settings
from docmill.wiring.database import database_dsns
from docmill.wiring.ports import Platform

if TYPE_CHECKING:
    from docmill.stages.backup import Backup, BackupCheck
    from docmill.stages.repair import Doctor


def backup(settings: Settings, platform: Platform, folder: Path) -> "Backup":
    """A backup of the platform in ``folder``. Raises DocmillError(setting_invalid) without an admin's URL."""
    import docmill
    from docmill.adapters.backup_folder import BackupFolder
    from docmill.adapters.postgres.dump import PostgresDump
    from docmill.adapters.postgres.tenancy import PostgresTenancy
    from docmill.stages.backup import Backup

    _, admin_dsn = database_dsns(settings)
    if admin_dsn is None:
        raise DocmillError(
            ErrorCode.SETTING_INVALID,
            "DOCMILL_ADMIN_DATABASE_URL: a backup reads all tenants' rows, which the service may not",
        )
    dump = PostgresDump(admin_dsn, PostgresTenancy(platform.database, admin_dsn=admin_dsn))
    return Backup(dump, BackupFolder(folder), platform.blobs, docmill.__version__)


def backup_to_check(folder: Path) -> "BackupCheck":
    """What reads all of a backup; it needs neither database nor platform."""
    from docmill.adapters.backup_folder import BackupFolder
    from docmill.stages.backup import BackupCheck

    return BackupCheck(BackupFolder(folder))


def doctor(platform: Platform) -> "Doctor":
    """What looks at the whole store, and puts right what can be."""
    from docmill.stages.repair import Doctor

    return Doctor(platform.store, platform.archive, platform.blobs, platform.upkeep)


def blob_folder(settings: Settings) -> Path | None:
    """Where the files are on this machine's disk; None when they are elsewhere."""
    parts = urlsplit(settings.blobs)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
