"""The folder of a backup: for its owner alone, and nobody else's."""

import stat
from pathlib import Path

import pytest

from docmill.adapters.backup_folder import BackupFolder
from docmill.domain.errors import DocmillError, ErrorCode


def test_a_folder_of_somebody_elses_is_not_closed_to_him(tmp_path: Path) -> None:
    """`docmill backup /srv` would have shut everybody out of /srv."""
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(DocmillError, match="letter") as refused:
        BackupFolder(tmp_path).begin()
    assert refused.value.code == ErrorCode.SETTING_INVALID
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    "there", [(), ("database", "blobs"), ("database", "blobs", "blobs.txt.gz", "manifest.json")]
)
def test_an_earlier_backup_is_brought_up_to_date(tmp_path: Path, there: tuple[str, ...]) -> None:
    for name in there:
        (tmp_path / name).touch()
    BackupFolder(tmp_path).begin()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert not (tmp_path / "manifest.json").exists()
