"""What the routes work with: ports, and two questions about the platform."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from docmill.domain.limits.review import QUEUE_WAIT_S_DEFAULT
from docmill.entrypoints.api.spooling import Room
from docmill.ports.archive import Archive
from docmill.ports.batches import Batches
from docmill.ports.blob_store import BlobStore
from docmill.ports.catalog import Catalog
from docmill.ports.claims import Claims
from docmill.ports.document_store import DocumentStore
from docmill.ports.embedder import Embedder
from docmill.ports.identity import Identity
from docmill.ports.ledger import Ledger
from docmill.ports.letters import Letters
from docmill.ports.operations import Operations
from docmill.ports.quotas import Quotas
from docmill.ports.reader import Reader
from docmill.ports.retention import Retention
from docmill.ports.reviews import Reviews
from docmill.ports.search_index import SearchIndex
from docmill.ports.telemetry import SILENCE, Alarms, Traffic
from docmill.ports.tenancy import Tenancy
from docmill.ports.webhook_sender import WebhookSender
from docmill.ports.webhooks import Webhooks
from docmill.stages.event_feed import EventFeed
from docmill.stages.metering import Spend, unspent


def _never() -> bool:
    return False


def _unheard(_tenant: str, _document: str) -> None:
    """Nobody looks."""


@dataclass(frozen=True, slots=True)
class Services:
    """``metrics`` gives Prometheus text; ``health`` each part's trouble in a sentence, "" when it is well;
    ``locks`` which of the locks are on that strangers' files are opened in; ``missed`` takes the tenant and
    the id of a document that he was told is not there. Who has ``metrics_token`` may read ``metrics``."""

    store: DocumentStore
    operations: Operations
    batches: Batches
    claims: Claims
    blobs: BlobStore
    reader: Reader
    reviews: Reviews
    catalog: Catalog
    archive: Archive
    index: SearchIndex
    embedder: Embedder
    tenancy: Tenancy
    identity: Identity
    letters: Letters
    retention: Retention
    webhooks: Webhooks
    sender: WebhookSender
    feed: EventFeed
    now: Callable[[], datetime]
    metrics: Callable[[], Awaitable[str]]
    health: Callable[[], Awaitable[Mapping[str, str]]]
    locks: Callable[[], Awaitable[Mapping[str, bool]]]
    quotas: Quotas
    ledger: Ledger
    spend: Spend = unspent
    queue_wait_s: float = QUEUE_WAIT_S_DEFAULT
    disk_is_low: Callable[[], bool] = _never
    metrics_token: str = ""
    traffic: Traffic = SILENCE
    alarms: Alarms = SILENCE
    missed: Callable[[str, str], None] = _unheard
    room: Room = field(default_factory=Room)  # what whole files may take of this process's memory
