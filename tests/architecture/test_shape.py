"""The hard ones of the house rules: sizes, names, states, flow, and nothing at import."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docmill.domain.errors import CODES, ErrorCode
from docmill.domain.events import EventType
from docmill.domain.states import STATUS, DocumentChart, RunChart, RunState, edges, require_edge
from docmill.stages.flow import FLOW, SUBSCRIPTIONS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "docmill"
FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400
PARAMETERS_MAX = 5
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|base|manager|constants|v\d+)(_|$)")


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_keeps_to_the_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = sum(1 for line in text.splitlines() if line.strip())
    assert lines <= MODULE_LINES_MAX, f"{lines} lines: make it a package of rooms that explain themselves"
    for function in functions(ast.parse(text)):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= FUNCTION_LINES_MAX, f"{function.name}: {length} lines"
        positional = [
            argument.arg
            for argument in function.args.posonlyargs + function.args.args
            if argument.arg not in ("self", "cls")
        ]
        declared_by_framework = {"command", "get", "post", "put", "delete", "callback"} & {
            node.attr
            for decorator in function.decorator_list
            for node in ast.walk(decorator)
            if isinstance(node, ast.Attribute)
        }
        assert len(positional) <= PARAMETERS_MAX or declared_by_framework or "entrypoints" in path.parts, (
            f"{function.name}: {len(positional)} positional parameters"
        )


def test_names_say_what_a_module_is_for() -> None:
    wrong = [str(path.relative_to(SOURCE)) for path in modules() if FORBIDDEN_NAMES.search(path.stem)]
    assert not wrong


def test_only_settings_reads_the_environment() -> None:
    pattern = re.compile(r"os\.environ|os\.getenv|\bgetenv\(")
    wrong = [
        str(path.relative_to(SOURCE))
        for path in modules()
        if path.name != "settings.py" and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_there_are_no_notes_to_self() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = [
        str(path.relative_to(SOURCE))
        for path in modules()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_no_engine_or_driver_is_loaded_by_importing_the_spine() -> None:
    """Starting a worker must cost no OCR engine, and `docmill extract` must start within half a second."""
    code = (
        "import sys, docmill.stages.flow, docmill.domain.documents, docmill.entrypoints.cli;"
        "heavy = {'openvino','onnxruntime','cv2','tesserocr','rapidocr','psycopg','fastapi','facturx','argon2','joserfc','cryptography'} & set(sys.modules);"
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_every_event_is_given_by_someone_and_taken_by_someone() -> None:
    """DocumentUploaded comes from uploads, DocumentFailed from the runner, DocumentErased from deletion,
    DocumentCancelled from whoever cancels, DocumentCorrected from review."""
    from_outside = {
        EventType.DOCUMENT_UPLOADED,
        EventType.DOCUMENT_FAILED,
        EventType.DOCUMENT_ERASED,
        EventType.DOCUMENT_CANCELLED,
        EventType.DOCUMENT_CORRECTED,
    }
    given = {event for stage in FLOW for event in stage.gives} | from_outside
    taken = {event for stage in FLOW for event in stage.takes}
    assert given == set(EventType)
    assert taken == set(EventType)
    for event, stages in SUBSCRIPTIONS.items():
        assert set(stages) == {row.name for row in FLOW if event in row.takes and not row.follows}


def test_every_state_edge_that_is_not_in_the_chart_is_refused() -> None:
    from docmill.domain.errors import DocmillError

    allowed = edges(RunChart)
    refused = 0
    for before in RunState:
        for after in RunState:
            if (before.value, after.value) in allowed:
                require_edge(before, after)
                continue
            refused += 1
            with pytest.raises(DocmillError) as caught:
                require_edge(before, after)
            assert caught.value.code == ErrorCode.STATE_FORBIDDEN
    assert refused == len(RunState) ** 2 - len(allowed)


def test_the_charts_themselves_refuse_what_their_edges_do_not_name() -> None:
    from statemachine.exceptions import TransitionNotAllowed

    for chart in (RunChart, DocumentChart):
        names = [state.id for state in chart.states]
        events = {transition.event: transition for state in chart.states for transition in state.transitions}
        for start in names:
            for event in events:
                machine = chart(start_value=start)
                targets = {
                    t.targets[0].id
                    for s in chart.states
                    if s.id == start
                    for t in s.transitions
                    if event in t.event.split()
                }
                if targets:
                    machine.send(event)
                    assert {state.id for state in machine.configuration} == targets
                else:
                    with pytest.raises(TransitionNotAllowed):
                        machine.send(event)


def test_every_state_has_a_status_and_every_code_an_entry() -> None:
    assert set(STATUS) == set(RunState)
    assert set(CODES) == set(ErrorCode)
    for info in CODES.values():
        assert info.sentence.endswith(".")
        assert info.action.endswith(".") or info.action.endswith(".`")
        assert 400 <= info.status <= 599
