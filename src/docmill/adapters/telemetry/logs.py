"""JSON logs by structlog: ids and codes, never text of documents."""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

from docmill.adapters.telemetry.lean_structlog import structlog
from docmill.domain.documents import Claim
from docmill.domain.errors import DocmillError
from docmill.domain.tracing import trace_id


def configure_logging(level: str, *, process: str) -> None:
    """Write JSON lines to stderr from here on; what libraries log goes the same way from WARNING up."""
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=max(least, logging.WARNING), handlers=[_Forwarding()], force=True)
    # It warns at every try to connect, several times a second; an outage of the database is told once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class _Forwarding(logging.Handler):
    """Hands on which library logged where, without its text, which might quote a document."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(record.levelno, "library", logger=record.name, line=record.lineno)


def ids(claim: Claim) -> dict[str, Any]:
    """What every line about a message has."""
    event = claim.event
    return {
        "stage": claim.stage,
        "tenant": event.tenant,
        "document": str(event.document),
        "message": str(event.id),
        "trace": trace_id(event.trace),
    }


def frames(error: BaseException | None) -> dict[str, Any]:
    """Where an unexpected error came from; its text may quote a document and stays out."""
    if error is None or isinstance(error, DocmillError):
        return {}
    last = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "error": type(error).__name__,
        "frames": [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in last],
    }
