"""One rule as an expression of zen-engine, over the document or over each row of a list."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import zen

from docmill.domain.limits.rules import RULE_CHARS_MAX
from docmill.domain.results import Blocker
from docmill.engines.rules.facts import Facts, absent, at, to_json
from docmill.engines.rules.names import names_in, unknown_path

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Compiled:
    """An expression whose syntax and names are known to be good; ValueError says what is wrong."""

    def __init__(self, source: str, scope: Mapping[str, Any]) -> None:
        if len(source) > RULE_CHARS_MAX:
            raise ValueError(f"longer than {RULE_CHARS_MAX} characters")
        names = names_in(source)
        if unknown := unknown_path(names.paths, scope):
            raise ValueError(f"there is no {unknown!r}")
        try:
            self._expression = zen.compile_expression(source)
        except RuntimeError as error:
            raise ValueError(zen_message(error)) from error
        self.paths = names.paths
        self.roots = names.roots

    def evaluate(self, facts: Facts) -> Any:
        """Raise ValueError when it cannot be evaluated, such as a sum over a null."""
        try:
            return self._expression.evaluate(to_json(facts, self.roots))
        except RuntimeError as error:
            raise ValueError(zen_message(error)) from error


def zen_message(error: RuntimeError) -> str:
    """The cause alone: zen-engine's text goes on with a stack trace of its own."""
    line = str(error).partition("\n")[0]
    try:
        return str(orjson.loads(line)["source"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return line[:200]


class Message:
    """A sentence with ``{expressions}`` in it. Raises ValueError as Compiled does."""

    def __init__(self, text: Any, scope: Mapping[str, Any]) -> None:
        if not isinstance(text, str) or not 1 <= len(text) <= RULE_CHARS_MAX:
            raise ValueError(f"message: want 1 to {RULE_CHARS_MAX} characters")
        self._text = text
        self._parts = {part: Compiled(f"string({part})", scope) for part in _PLACEHOLDER.findall(text)}

    def fill(self, facts: Facts) -> str:
        return _PLACEHOLDER.sub(lambda match: self._shown(match[1], facts), self._text)

    def _shown(self, part: str, facts: Facts) -> str:
        try:
            shown = self._parts[part].evaluate(facts)
        except ValueError:
            return "?"
        return "nothing" if shown in (None, "null", "") else str(shown)


@dataclass(frozen=True, slots=True)
class ExpressionRule:
    """Fires when ``when`` holds, every path in ``needs`` has a value, and ``expect`` is anything but true.

    A rule that cannot be evaluated blocks too: what could not be checked is not accepted.
    """

    name: str
    path: str
    each: str | None
    needs: tuple[str, ...]
    when: Compiled | None
    expect: Compiled
    message: Message

    def blockers(self, facts: Facts) -> Iterator[Blocker]:
        if self.each is None:
            yield from self._blockers(facts, self.path)
            return
        rows = at(facts, self.each) or ()
        previous: Any = None
        for index, row in enumerate(rows):
            scope = facts | row | {"row": index + 1, "previous": previous}
            yield from self._blockers(scope, f"{self.each}[{index}].{self.path}".rstrip("."))
            previous = row

    def _blockers(self, facts: Facts, path: str) -> Iterator[Blocker]:
        if any(absent(at(facts, need)) for need in self.needs):
            return
        try:
            if self.when is not None and self.when.evaluate(facts) is not True:
                return
            if self.expect.evaluate(facts) is True:
                return
            message = self.message.fill(facts)
        except ValueError as error:
            message = f"the rule could not be checked: {error}"
        yield Blocker(path, self.name, message)


def expression_rule(rule: Mapping[str, Any], scope: Mapping[str, Any]) -> ExpressionRule:
    """Compile one rule; ``scope`` has the names of the document, and of the row where there is ``each``."""
    expect = Compiled(_text(rule, "expect"), scope)
    needs = rule.get("needs", _fields_in(expect.paths))
    if not isinstance(needs, list | tuple) or not all(isinstance(path, str) for path in needs):
        raise ValueError("needs: want a list of paths")
    if unknown := unknown_path(tuple(needs), scope):
        raise ValueError(f"needs: there is no {unknown!r}")
    return ExpressionRule(
        name=rule["name"],
        path=rule.get("path", ""),
        each=rule.get("each"),
        needs=tuple(needs),
        when=Compiled(_text(rule, "when"), scope) if "when" in rule else None,
        expect=expect,
        message=Message(rule.get("message"), scope),
    )


def _fields_in(paths: tuple[str, ...]) -> tuple[str, ...]:
    # What the context lacks is for the rule to say: `context.duplicate_of == null` is the good case.
    return tuple(
        path for path in paths if path.partition(".")[0] not in ("context", "currencies", "previous")
    )


def _text(rule: Mapping[str, Any], key: str) -> str:
    text = rule.get(key)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{key}: want a text")
    return text
