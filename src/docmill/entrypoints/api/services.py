"""What the routes work with: ports, and two questions about the platform."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from docmill.ports.archive import Archive
from docmill.ports.blob_store import BlobStore
from docmill.ports.catalog import Catalog
from docmill.ports.claims import Claims
from docmill.ports.document_store import DocumentStore
from docmill.ports.embedder import Embedder
from docmill.ports.reader import Reader
from docmill.ports.search_index import SearchIndex
from docmill.ports.tenancy import Tenancy


@dataclass(frozen=True, slots=True)
class Services:
    """``metrics`` gives Prometheus text; ``health`` each part's trouble in a sentence, "" when it is well;
    ``locks`` which of the locks are on that strangers' files are opened in."""

    store: DocumentStore
    claims: Claims
    blobs: BlobStore
    reader: Reader
    catalog: Catalog
    archive: Archive
    index: SearchIndex
    embedder: Embedder
    tenancy: Tenancy
    now: Callable[[], datetime]
    metrics: Callable[[], Awaitable[str]]
    health: Callable[[], Awaitable[Mapping[str, str]]]
    locks: Callable[[], Awaitable[Mapping[str, bool]]]
