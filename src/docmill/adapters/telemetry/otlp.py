"""OpenTelemetry's wire format (OTLP 1.x over HTTP, in its JSON encoding), which every collector takes.

Written by hand: what docmill says fits on this page, while the SDK with its exporter brings protobuf and
requests into every worker and makes its own span ids, which here have to follow from the claims.
"""

import http.client
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import docmill
from docmill.adapters.telemetry.spans import Span
from docmill.ports.telemetry import Attributes

_KINDS = {"internal": 1, "server": 2, "client": 3, "consumer": 5}
_ERROR = 2
_WALL_S_MAX = 5.0
_TRY_AGAIN = (408, 429, 502, 503, 504)


class OtlpCollector:
    """Implements `Sink`. ``url`` is the collector's, with or without ``/v1/traces``."""

    def __init__(self, url: str, *, process: str) -> None:
        self._url = urlsplit(url)
        path = self._url.path.rstrip("/")
        self._path = path if path.endswith("/v1/traces") else f"{path}/v1/traces"
        self._process = process

    def keep(self, spans: Sequence[Span]) -> bool:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=_WALL_S_MAX)
        try:
            body = json.dumps(request(spans, process=self._process)).encode()
            connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            # What the collector says is wrong with them will not become right by sending them again.
            return connection.getresponse().status not in _TRY_AGAIN
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def request(spans: Sequence[Span], *, process: str) -> dict[str, Any]:
    """An ExportTraceServiceRequest."""
    resource = {
        "service.name": "docmill",
        "service.version": docmill.__version__,
        "service.instance.id": process,
    }
    scope = {"name": "docmill", "version": docmill.__version__}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": scope, "spans": [_span(span) for span in spans]}],
            }
        ]
    }


def _span(span: Span) -> dict[str, Any]:
    told: dict[str, Any] = {
        "traceId": span.trace,
        "spanId": span.id,
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": str(round(span.start_s * 1e9)),
        "endTimeUnixNano": str(round((span.start_s + span.wall_s) * 1e9)),
        "attributes": _attributes(span.attributes),
    }
    if span.parent:
        told["parentSpanId"] = span.parent
    if span.code:
        told["status"] = {"code": _ERROR, "message": span.code}
    return told


def _attributes(given: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in given.items()]


def _value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case _:
            return {"stringValue": str(value)}
