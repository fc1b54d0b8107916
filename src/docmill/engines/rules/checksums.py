"""One rule as the check digits of an identifier, which no expression could work out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docmill.domain.results import Blocker
from docmill.engines.rules.facts import Facts, absent, at
from docmill.engines.rules.names import unknown_path
from docmill.engines.values.identifiers import iban, vat_id


def _iban_is_right(text: str) -> bool:
    return iban(text) is not None


def _vat_id_is_right(text: str) -> bool:
    """Countries whose VAT ids docmill does not know are none of its business."""
    known = vat_id(text)
    return known is None or known.proved is not False


CHECKSUMS: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "iban": ("IBAN", _iban_is_right),
    "vat_id": ("VAT id", _vat_id_is_right),
}
"""What a rule may ask for, how it is called in messages, and its check."""


@dataclass(frozen=True, slots=True)
class ChecksumRule:
    """Fires when the identifier at ``path`` has wrong check digits; not when there is none."""

    name: str
    path: str
    checksum: str

    def blockers(self, facts: Facts) -> Iterator[Blocker]:
        value = at(facts, self.path)
        if absent(value):
            return
        title, is_right = CHECKSUMS[self.checksum]
        if not isinstance(value, str) or not is_right(value):
            message = f"{value} is no valid {title}: its check digits or its length are wrong"
            yield Blocker(self.path, self.name, message)


def checksum_rule(rule: Mapping[str, Any], scope: Mapping[str, Any]) -> ChecksumRule:
    """Raise ValueError for an unknown checksum or path."""
    path, checksum = rule.get("path"), str(rule.get("checksum"))
    if checksum not in CHECKSUMS:
        raise ValueError(f"checksum: want one of {', '.join(CHECKSUMS)}")
    if not isinstance(path, str) or unknown_path((path,), scope):
        raise ValueError(f"path: there is no {path!r}")
    return ChecksumRule(rule["name"], path, checksum)
