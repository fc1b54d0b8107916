"""What the environment may say."""

from pathlib import Path

import pytest

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits import database as limits
from docmill.domain.limits import machine as machine_limits
from docmill.domain.limits import processes as processes_limits
from docmill.settings import Settings, described, environment_of, load_settings


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = load_settings({})
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 2)
    assert settings.database_url == "embedded:"
    assert settings.blobs == (settings.home / "blobs").as_uri()


def test_an_empty_variable_counts_as_absent() -> None:
    assert load_settings({"DOCMILL_PORT": ""}).port == 8080


def test_what_was_loaded_is_loaded_by_a_child_again() -> None:
    settings = Settings(
        home=Path("/data/ü"), port=0, workers=3, blob_url="s3://bucket/folder", log_level="debug"
    )
    assert load_settings(environment_of(settings)) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOCMILL_PORT", "eighty"),
        ("DOCMILL_PORT", "70000"),
        ("DOCMILL_PORT", "-1"),
        ("DOCMILL_WORKERS", "0"),
        ("DOCMILL_WORKERS", "²"),
        ("DOCMILL_LOG_LEVEL", "loud"),
        ("DOCMILL_DATABASE_URL", "mysql://x"),
        ("DOCMILL_BLOB_URL", "/a/folder"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(DocmillError) as caught:
        load_settings({name: value})
    assert caught.value.code == ErrorCode.SETTING_INVALID
    assert name in caught.value.detail


def test_the_most_workers_still_find_connections() -> None:
    """PostgreSQL keeps 3 for superusers; the command line takes 2, the sequencer 1; API and workers hear of news."""
    of_workers = processes_limits.WORKERS_MAX * (machine_limits.WORKER_CONNECTIONS_MAX + 1)
    assert of_workers + machine_limits.API_CONNECTIONS_MAX + 1 + 3 + 2 + 1 <= limits.DATABASE_CONNECTIONS_MAX


def test_every_setting_says_what_it_is_for() -> None:
    for variable, _default, says in described():
        assert variable.startswith("DOCMILL_")
        assert says.endswith((".", "`."))
