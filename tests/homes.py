"""Folders for platforms of tests."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def home_folder() -> Iterator[Path]:
    """A short folder that the database's account may pass: pytest's own are closed to everybody but root."""
    folder = Path(tempfile.mkdtemp(prefix="docmill-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
