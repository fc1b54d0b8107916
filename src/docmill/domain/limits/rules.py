"""Types and rules."""

RULES_PER_TYPE_MAX = 200
"""Rules of one type. Code: rule_invalid."""
RULE_CHARS_MAX = 2_000
"""Length of one expression, table cell or message. Code: rule_invalid."""
RULE_TABLE_ROWS_MAX = 500
"""Rows of one decision table. Code: rule_invalid."""
RULE_LOOPS_MAX = 2
"""Loops (`map`, `filter`, `all` …) in one expression: each may run over every row of a list. Code:
rule_invalid."""
TYPES_CACHED_MAX = 256
"""Parsed versions of tenants' document types that a process keeps."""
SCHEMA_PARTS_MAX = 20_000
"""Parts of a type's JSON Schema with its references written out; larger ones keep them."""
CATALOGS_CACHED_MAX = 4_096
"""Tenants whose newest types and rules a worker process keeps, each until its catalog changes."""
RULE_SETS_CACHED_MAX = 256
"""Compiled rule sets that a process keeps."""
BLOCKERS_PER_RULE_MAX = 20
"""Blockers that one rule or the schema gives for one document; the last one says that there are more."""
CONFIDENCE_MIN = 0.5
"""Confidence below which a required field blocks, unless its annotation has a ``confidence_min`` (0 to 1)."""
