"""What `docmill top` and `docmill trace` make of what they are told."""

from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console

from docmill.adapters.telemetry.spans import Span
from docmill.domain.events import DocumentId, Event, EventId, EventType, RunId
from docmill.domain.tenants import TenantId
from docmill.entrypoints.cli.screen import screen
from docmill.entrypoints.cli.trace import assembled, drawn
from docmill.entrypoints.cli.watched import compared, measured, to_json
from docmill.ports.sight import Holding, View, Waiting

ACME = TenantId("acme")
BEFORE = """
docmill_messages_total{stage="read",tenant="acme",type=""} 10
docmill_messages_total{stage="read",tenant="acme",type="invoice"} 5
docmill_requests_total{method="GET",route="/v1/documents",status="2xx"} 100
docmill_process_cpu_seconds_total{process="worker-1"} 50
"""
AFTER = """
docmill_messages_total{stage="read",tenant="acme",type=""} 20
docmill_messages_total{stage="read",tenant="acme",type="invoice"} 15
docmill_requests_total{method="GET",route="/v1/documents",status="2xx"} 104
docmill_process_cpu_seconds_total{process="worker-1"} 51
docmill_process_resident_bytes{part="self",process="worker-1"} 1000
docmill_process_resident_bytes{part="children",process="worker-1"} 2000
docmill_credentials_refused_total{reason="expired"} 3
"""


def test_top_shows_rates_since_the_last_look_beside_what_waits() -> None:
    document = DocumentId(UUID(int=7))
    view = View(
        waiting=[Waiting("read", ACME, 4, 70.0)],
        holding=[Holding("worker-1@here:/x", "read", ACME, document, 1, 40, 3.0, 28.0)],
        dead={("index", ACME): 2},
    )
    look = compared(view, measured(BEFORE), measured(AFTER), elapsed_s=2.0)
    told = to_json(look)
    first, second = told["lines"]
    assert (first["stage"], first["waiting"], first["answered"], first["in_hand"]) == ("read", 4, 10.0, 1)
    assert (second["stage"], second["dead"]) == ("index", 2)
    assert told["requests"] == {"2xx": 2.0}
    assert told["processes"] == [
        {"name": "worker-1", "cpu": 0.5, "resident_bytes": 1000.0, "children_bytes": 2000.0}
    ]
    console = Console(width=120, record=True)
    with console.capture() as captured:
        console.print(screen(look, rows=40))
    text = captured.get()
    for part in ("acme", str(document), "40 %", "worker-1", "credentials refused 3", "10.00"):
        assert part in text


def test_top_on_a_terminal_of_80_columns_cuts_no_title_and_no_number() -> None:
    view = View(waiting=[Waiting("validate", TenantId("a" * 24), 123_456, 7000.0)])
    for look in (compared(view, {}, {}, elapsed_s=1.0), compared(View(), {}, {}, elapsed_s=1.0)):
        console = Console(width=80)
        with console.capture() as captured:
            console.print(screen(look, rows=40))
        text = captured.get()
        assert text.replace("aaa…", "").count("…") == 0
        assert ("117 min" in text and "dead\n" in text) == bool(look.lines)
    assert "nothing waits, nothing moves" in text


def test_top_of_a_thousand_tenants_fits_the_terminal() -> None:
    view = View(waiting=[Waiting("read", TenantId(f"t{n}"), 1, float(n)) for n in range(1_000)])
    look = compared(view, {}, {}, elapsed_s=1.0)
    console = Console(width=120)
    with console.capture() as captured:
        console.print(screen(look, rows=40))
    lines = captured.get().splitlines()
    assert len(lines) <= 40
    assert "t999" in captured.get()


def _event(number: int, kind: EventType, document: DocumentId, trace: str, cause: int | None = None) -> Event:
    run = RunId(UUID(int=9))
    time = datetime(2026, 1, 1, 0, 0, number, tzinfo=UTC)
    told = EventId(UUID(int=number))
    return Event(told, kind, ACME, document, run, time, cause and EventId(UUID(int=cause)), trace)


def test_a_trace_without_spans_is_a_tree_of_causes_and_one_with_spans_leaves_other_documents_out() -> None:
    mine, other = DocumentId(UUID(int=1)), DocumentId(UUID(int=2))
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    trace = "ab" * 16
    events = [
        _event(1, EventType.DOCUMENT_UPLOADED, mine, f"00-{trace}-{'1' * 16}-01"),
        _event(2, EventType.DOCUMENT_READ, mine, f"00-{trace}-{'2' * 16}-01", cause=1),
    ]
    bare = assembled(mine, events, [])
    assert [(node.name, node.parent) for node in bare] == [
        ("DocumentUploaded", ""),
        ("DocumentRead", str(UUID(int=1))),
    ]

    def span(number: str, parent: str, name: str, about: DocumentId | None) -> tuple[str, Span]:
        told = {} if about is None else {"docmill.document": str(about)}
        return "worker-1", Span(
            trace, number * 16, parent * 16, name, "consumer", start + int(number), 0.5, told
        )

    spans = [
        span("1", "", "POST /v1/documents", None),
        span("2", "1", "read", mine),
        span("3", "2", "child", None),
        span("4", "1", "read of another", other),
        span("5", "4", "child of another", None),
    ]
    nodes = assembled(mine, events, spans)
    names = {node.name for node in nodes}
    assert names == {"POST /v1/documents", "read", "child", "DocumentUploaded", "DocumentRead"}
    console = Console(width=120)
    with console.capture() as captured:
        console.print(drawn(mine, nodes))
    assert "500.0 ms" in captured.get()
