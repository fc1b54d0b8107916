"""Which blockers a person has answered already, and what the next one has to look at."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from docmill.domain.results import Blocker, Source
from docmill.domain.review import FOUR_EYES_RULE, TypePolicy
from docmill.engines.review.paths import value_at
from docmill.engines.rules.facts import decimal_of

_OF_ABSENCE = frozenset(("required", "schema"))


def unanswered(
    result: Mapping[str, Any], blockers: Sequence[Blocker]
) -> tuple[list[Blocker], list[dict[str, Any]]]:
    """Return the blockers that still block, and the overrides that hold, each bound to what its rule says.

    A field that a person has marked missing is not asked for again. A rule that is broken blocks, unless it
    was overridden; an override ends when the rule says something else, since then the values are others.
    """
    metadata = result.get("metadata") or {}
    overrides = [dict(one) for one in (result.get("review") or {}).get("overrides", ())]
    left: list[Blocker] = []
    held: dict[tuple[str, str, str], dict[str, Any]] = {}
    for blocker in blockers:
        absent = blocker.rule in _OF_ABSENCE and value_at(result["value"], blocker.path) is None
        if absent and (metadata.get(blocker.path) or {}).get("source") == Source.REVIEWER:
            continue
        if any(_overrides(one, blocker) for one in overrides):
            held[blocker.rule, blocker.path, blocker.message] = blocker.to_json()
        else:
            left.append(blocker)
    return left, list(held.values())


def _overrides(override: Mapping[str, Any], blocker: Blocker) -> bool:
    if override["rule"] != blocker.rule or override["path"] not in ("", blocker.path):
        return False
    return override["message"] in (None, blocker.message)


def second_look(result: Mapping[str, Any], policy: TypePolicy) -> Blocker | None:
    """A blocker when a second person has to see what the first one did; None when two have, or nobody did."""
    people = (result.get("review") or {}).get("by", ())
    if len(people) != 1 or not policy.wants_second(largest_amount(result["value"])):
        return None
    return Blocker("", FOUR_EYES_RULE, "a second person has to look at what was corrected")


def largest_amount(value: Any) -> Decimal | None:
    """The largest amount of the document as a whole, lists left out."""
    if not isinstance(value, Mapping):
        return None
    if "amount" in value:
        number = decimal_of(value)
        return None if number is None else abs(number)
    below = [found for inner in value.values() if (found := largest_amount(inner)) is not None]
    return max(below, default=None)
