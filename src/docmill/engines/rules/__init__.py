"""Whether a result may be accepted without a person: JSON Schema, then the tenant's rules.

Every objection is a Blocker.

``compile_rules`` turns a type and its rules (data, see ``rule_set``) into a RuleSet, ``check`` runs
it over a value, ``blockers_of`` says what the metadata alone objects to, and ``judge`` is all of
them over a result as callers see it.
"""

from docmill.engines.rules.evidence import blockers_of, blockers_of_metadata
from docmill.engines.rules.rule_set import RuleSet, check, compile_rules, judge
from docmill.engines.rules.schema import parse_uploaded_type

__all__ = [
    "RuleSet",
    "blockers_of",
    "blockers_of_metadata",
    "check",
    "compile_rules",
    "judge",
    "parse_uploaded_type",
]
