"""Rules are data, a list for each tenant and type; this module compiles and runs them.

Three kinds, each with a ``name`` (what a blocker calls its rule) and an optional ``note`` for people::

    {"name": "sums", "kind": "expression",
     "when": "tax_total != null",            # optional: the rule fires only where this is true
     "expect": "abs(net_total + tax_total - gross_total) <= 0.01",
     "needs": ["net_total", "gross_total"],  # optional: paths that must have values; without it every
                                             # path of `expect`. [] lets a rule test for presence
     "path": "gross_total",                  # what the blocker points at
     "message": "net {net_total} + tax {tax_total} is not {gross_total}"}

    {"name": "tax_row", "kind": "expression",
     "each": "tax_breakdown",                # once for each row; paths are the row's, `row` counts from 1,
     "expect": "abs(basis * rate / 100 - tax) <= 0.05",                     # and `previous` is the row before
     "path": "tax", "message": "row {row}: {rate} % of {basis} is not {tax}"}

    {"name": "approval", "kind": "table", "inputs": ["gross_total", "seller.vat_id"],
     "rows": [{"when": ["> 10000", ""], "path": "gross_total", "message": "{gross_total} is above 10,000"},
              {"when": ["", "null"], "path": "seller.vat_id", "message": "there is no VAT id"}]}

    {"name": "iban", "kind": "checksum", "checksum": "iban", "path": "payment.iban"}   # or "vat_id"

Expressions and cells are zen-engine's (https://docs.gorules.io): ``and or not in ?: ??``, ``abs sum
map filter all some len round d(date)`` … An amount or number is an exact decimal in them, a date a
text that ``d()`` turns into a date, and ``context`` has ``today`` (ISO date) and ``duplicate_of``
(id of an earlier document with the same identity, or null), ``currencies`` the distinct currencies
of all amounts. A null never makes a rule fire; a rule that cannot be evaluated always does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.rules import BLOCKERS_PER_RULE_MAX, RULE_SETS_CACHED_MAX, RULES_PER_TYPE_MAX
from docmill.domain.results import Blocker
from docmill.domain.types import DocumentType, Kind, parse_document_type
from docmill.engines.rules.checksums import checksum_rule
from docmill.engines.rules.evidence import blockers_of_metadata
from docmill.engines.rules.expressions import expression_rule
from docmill.engines.rules.facts import Facts, facts_of
from docmill.engines.rules.names import columns_scope, scope_of, unknown_path
from docmill.engines.rules.schema import schema_blockers, validator_of
from docmill.engines.rules.tables import table_rule
from docmill.ports.catalog import Rules

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


class Rule(Protocol):
    """One compiled rule."""

    @property
    def name(self) -> str: ...

    def blockers(self, facts: Facts) -> Iterator[Blocker]: ...


Compile = Callable[[Mapping[str, Any], Mapping[str, Any]], Rule]
_KINDS: Mapping[str, Compile] = {
    "expression": expression_rule,
    "table": table_rule,
    "checksum": checksum_rule,
}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A type's schema and rules, compiled. Safe to share between threads."""

    document_type: DocumentType
    validator: "Validator"
    rules: tuple[Rule, ...]


def compile_rules(document_type: DocumentType, rules: Sequence[Mapping[str, Any]]) -> RuleSet:
    """Compile, or return what the same type and rules were compiled to before.

    Raises DocmillError(rule_invalid) that names the rule, its position from 1, and the place in it.
    """
    content = [dict(document_type.source), document_type.version, list(rules)]
    return _compiled(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=RULE_SETS_CACHED_MAX)
def _compiled(content: bytes) -> RuleSet:
    source, version, rules = orjson.loads(content)
    document_type = parse_document_type(source, version=version)
    if len(rules) > RULES_PER_TYPE_MAX:
        raise DocmillError(ErrorCode.RULE_INVALID, f"{len(rules)} rules; at most {RULES_PER_TYPE_MAX}")
    named: dict[str, Rule] = {}
    for position, rule in enumerate(rules, start=1):
        name = rule.get("name") if isinstance(rule, Mapping) else None
        if not isinstance(name, str) or not name:
            raise DocmillError(ErrorCode.RULE_INVALID, f"rule {position}: name: want a text")
        if name in named:
            raise DocmillError(ErrorCode.RULE_INVALID, f"rule {position} ({name}): the name is taken")
        try:
            named[name] = _compile(rule, document_type)
        except ValueError as error:
            raise DocmillError(ErrorCode.RULE_INVALID, f"rule {position} ({name}): {error}") from error
    return RuleSet(document_type, validator_of(document_type.schema), tuple(named.values()))


def _compile(rule: Mapping[str, Any], document_type: DocumentType) -> Rule:
    kind = str(rule.get("kind"))
    if kind not in _KINDS:
        raise ValueError(f"kind: want one of {', '.join(_KINDS)}")
    scope = _scope(document_type, rule.get("each")) if kind == "expression" else _scope(document_type, None)
    path = rule.get("path", "")
    if not isinstance(path, str) or (path and unknown_path((path,), scope)):
        raise ValueError(f"path: there is no {path!r}")
    return _KINDS[kind](rule, scope)


def _scope(document_type: DocumentType, each: Any) -> dict[str, Any]:
    """The names that a rule may use. A rule on rows does not see lists: that would be work squared."""
    schema = document_type.schema
    fields = scope_of(schema, schema)
    known: dict[str, Any] = {"context": None, "currencies": {}}
    if each is None:
        return fields | known
    lists = {spec.path for spec in document_type.fields if spec.kind is Kind.LIST}
    if not isinstance(each, str) or each not in lists:
        raise ValueError(f"each: want one of {', '.join(sorted(lists)) or 'no list, the type has none'}")
    columns = columns_scope(schema, each)
    above = {name: below for name, below in fields.items() if name not in lists}
    return above | columns | known | {"row": {}, "previous": columns}


def check(rule_set: RuleSet, value: Mapping[str, Any], *, context: Mapping[str, Any]) -> list[Blocker]:
    """Schema first, then every rule. ``context``: ``today`` (ISO date), ``duplicate_of`` (id or None)."""
    document_type = rule_set.document_type
    blockers = list(_first(schema_blockers(rule_set.validator, document_type, value)))
    facts = facts_of(value, document_type, context)
    for rule in rule_set.rules:
        blockers += _first(rule.blockers(facts))
    return blockers


def _first(blockers: Iterator[Blocker]) -> Iterator[Blocker]:
    """A list of 3,000 rows with a column missing is one problem, not 3,000."""
    yield from islice(blockers, BLOCKERS_PER_RULE_MAX - 1)
    rest = list(islice(blockers, 2))
    if len(rest) > 1:
        yield Blocker(rest[0].path, rest[0].rule, f"{rest[0].message}; and more of the same")
    else:
        yield from rest


def judge(
    document_type: DocumentType, rules: Rules, result: Mapping[str, Any], context: Mapping[str, Any]
) -> list[Blocker]:
    """Everything that blocks a result as JSON (design: "The result"), but for the blockers it has already.

    A field that is missing is told once, with the reason that the metadata knows.
    """
    rule_set = compile_rules(document_type, rules.rules)
    value = result["value"]
    found = blockers_of_metadata(
        document_type, value, result.get("metadata", {}), result.get("completeness", {})
    )
    missing = {blocker.path for blocker in found if blocker.rule == "required"}
    return found + [
        blocker
        for blocker in check(rule_set, value, context=context)
        if not (blocker.rule == "schema" and blocker.path in missing)
    ]
