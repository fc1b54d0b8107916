"""One rule as a decision table of zen-engine: every row that hits is a blocker."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import zen

from docmill.domain.limits.rules import RULE_CHARS_MAX, RULE_TABLE_ROWS_MAX
from docmill.domain.results import Blocker
from docmill.engines.rules.expressions import Message, zen_message
from docmill.engines.rules.facts import Facts, to_json
from docmill.engines.rules.names import names_in, unknown_path


@dataclass(frozen=True, slots=True)
class TableRule:
    """``rows`` holds path and message of each row; the decision answers with the numbers of those that hit.

    A cell that tests a null hits nothing, unless it is ``null`` itself.
    """

    name: str
    roots: frozenset[str]
    decision: zen.ZenDecision
    rows: tuple[tuple[str, Message], ...]

    def blockers(self, facts: Facts) -> Iterator[Blocker]:
        try:
            hits = self.decision.evaluate(to_json(facts, self.roots))["result"]
        except RuntimeError as error:
            message = f"the table could not be checked: {zen_message(error)}"
            yield Blocker(self.rows[0][0], self.name, message)
            return
        for hit in hits:
            path, sentence = self.rows[int(hit["row"])]
            yield Blocker(path, self.name, sentence.fill(facts))


def table_rule(rule: Mapping[str, Any], scope: Mapping[str, Any]) -> TableRule:
    """Compile one table. Raises ValueError that names the row and what is wrong with it."""
    inputs, rows = rule.get("inputs"), rule.get("rows")
    if not isinstance(inputs, Sequence) or not inputs or not all(isinstance(i, str) for i in inputs):
        raise ValueError("inputs: want a list of paths")
    if not isinstance(rows, Sequence) or not 1 <= len(rows) <= RULE_TABLE_ROWS_MAX:
        raise ValueError(f"rows: want 1 to {RULE_TABLE_ROWS_MAX}")
    if unknown := unknown_path(tuple(inputs), scope):
        raise ValueError(f"inputs: there is no {unknown!r}")
    compiled, answers = [], []
    for number, row in enumerate(rows):
        try:
            compiled.append(_row(number, row, len(inputs)))
            answers.append(_answer(rule, row, scope))
        except ValueError as error:
            raise ValueError(f"row {number + 1}: {error}") from error
    return TableRule(
        name=rule["name"],
        roots=frozenset(path.partition(".")[0] for path in inputs),
        decision=zen.ZenEngine().create_decision(orjson.dumps(_decision_model(inputs, compiled)).decode()),
        rows=tuple(answers),
    )


def _row(number: int, row: Any, width: int) -> dict[str, str]:
    cells = row.get("when") if isinstance(row, Mapping) else None
    if not isinstance(cells, Sequence) or isinstance(cells, str) or len(cells) != width:
        raise ValueError(f"when: want {width} cells, one for each input; an empty one takes anything")
    for cell in cells:
        _require_cell(cell)
    if not any(cell.strip() for cell in cells):
        raise ValueError("when: every cell is empty")
    return {"_id": f"row{number}", "answer": str(number)} | {f"in{i}": cell for i, cell in enumerate(cells)}


def _require_cell(cell: Any) -> None:
    # A cell that does not compile would hit nothing, without a word.
    if not isinstance(cell, str) or len(cell) > RULE_CHARS_MAX:
        raise ValueError(f"{cell!r}: want a text of at most {RULE_CHARS_MAX} characters")
    if not cell.strip():
        return
    names_in(cell)
    try:
        zen.compile_unary_expression(cell)
    except RuntimeError as error:
        raise ValueError(f"{cell!r}: {zen_message(error)}") from error


def _answer(rule: Mapping[str, Any], row: Mapping[str, Any], scope: Mapping[str, Any]) -> tuple[str, Message]:
    path = row.get("path", rule.get("path", ""))
    if path and (not isinstance(path, str) or unknown_path((path,), scope)):
        raise ValueError(f"path: there is no {path!r}")
    return path, Message(row.get("message", rule.get("message")), scope)


def _decision_model(inputs: Sequence[str], rules: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """A JDM graph of one table that collects every hit."""
    at: dict[str, Any] = {"position": {"x": 0, "y": 0}}
    columns = [
        {"id": f"in{i}", "name": path, "field": path, "type": "expression"} for i, path in enumerate(inputs)
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": columns,
        "outputs": [{"id": "answer", "name": "row", "field": "row", "type": "expression"}],
        "rules": rules,
    }
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", **at},
            {"id": "table", "type": "decisionTableNode", "name": "table", "content": table, **at},
            {"id": "out", "type": "outputNode", "name": "out", **at},
        ],
        "edges": [
            {"id": "first", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "second", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }
