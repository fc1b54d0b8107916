"""Values by what a printed page shows to anybody.

Labels and their places, forms of values, sums that must agree.
"""

from docmill.engines.extraction.rules.extract import RULES_VERSION, extract_by_rules

__all__ = ["RULES_VERSION", "extract_by_rules"]
