"""The stages and what follows the journal, on the ports of a platform."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from docmill.ports.telemetry import SILENCE, Telemetry, WebhookTelling
from docmill.settings import Settings
from docmill.wiring.clock import now
from docmill.wiring.ports import Platform

if TYPE_CHECKING:
    from docmill.adapters.bookmark import FileBookmark
    from docmill.stages.collect import Collector
    from docmill.stages.delivering import Deliverer
    from docmill.stages.runner import Runner
    from docmill.stages.webhooks import Postman


def runner(platform: Platform, telemetry: Telemetry) -> "Runner":
    """The runner of all stages that claim messages."""
    from docmill.engines.extraction.layered import classify_and_extract
    from docmill.engines.rules import judge
    from docmill.engines.search import chunks_of
    from docmill.stages.analyze import analyze
    from docmill.stages.archive import archive
    from docmill.stages.index import index
    from docmill.stages.read import read
    from docmill.stages.runner import Runner
    from docmill.stages.validate import validate

    blobs, store, catalog = platform.blobs, platform.store, platform.catalog
    handlers = {
        "read": partial(
            read,
            reader=platform.reader,
            blobs=blobs,
            store=store,
            limits_of=platform.tenancy.reading_limits,
        ),
        "analyze": partial(
            analyze,
            blobs=blobs,
            catalog=catalog,
            analyst=classify_and_extract,
            reader=platform.reader,
            limits_of=platform.tenancy.reading_limits,
        ),
        "validate": partial(
            validate, store=store, catalog=catalog, judge=judge, wishes_of=platform.reviews.settings
        ),
        "archive": partial(archive, archive=platform.archive),
        "index": partial(
            index, blobs=blobs, embedder=platform.embedder, search=platform.index, chunker=chunks_of
        ),
    }
    return Runner(handlers, store, platform.claims, telemetry, now, spend=platform.ledger.spend)


def collector(platform: Platform) -> "Collector":
    """The housekeeping of all tenants."""
    from docmill.stages.collect import Collector

    return Collector(
        platform.tenancy,
        platform.store,
        platform.journal,
        platform.blobs,
        now,
        retention=platform.retention,
        upkeep=platform.upkeep,
    )


def postman(platform: Platform) -> "Postman":
    """Who reads the journal for those who want to be told."""
    from docmill.stages.webhooks import Postman

    return Postman(platform.journal, platform.deliveries, platform.batches, now)


def deliverer(
    platform: Platform,
    *,
    worker: str,
    outage: Callable[[str, BaseException], None],
    told: WebhookTelling = SILENCE,
) -> "Deliverer":
    """Who tells them. Nothing is loaded for it before there is something to send."""
    from docmill.stages.delivering import Deliverer

    return Deliverer(platform.deliveries, platform.sender, now, worker, outage, told=told)


def bookmark(settings: Settings, name: str) -> "FileBookmark":
    """Where the follower of this name is in the journal."""
    from docmill.adapters.bookmark import FileBookmark

    return FileBookmark(Path(settings.home) / "run" / f"{name}.position")
