"""Dead letters, retention, backups."""

from docmill.domain.limits.units import KIB

TRY_LINES_MAX = 8
"""Lines that are kept of a try that failed: where the error came from."""
SUSPECT_PATIENCE_S = 30.0
"""How long a message that may have killed its worker waits for an idle one, before one empties its hands
for it; three times as long after each further death."""
WAIT_S_LONGEST = 90.0
"""More than any backoff or lease: a message that is due later waits for a clock that was set back, and is due
now."""
UNSTICK_INTERVAL_S = 10.0
"""Pause between two looks for messages that wait for a clock that was set back."""
REASON_CHARS_MAX = 1_000
"""Length of the reason that somebody gives for a hold or for giving up. Code: request_invalid."""
LETTERS_AT_ONCE_MAX = 10_000
"""Dead letters that one request sends back; the rest is for the next one."""
RETENTION_DAYS_MAX = 36_500
"""The longest retention that can be asked for. Code: request_invalid."""
RETENTION_TYPES_MAX = 200
"""Document types with a retention of their own. Code: request_invalid."""
RETENTION_ERASED_MAX = 500
"""Documents of one tenant that one round of the housekeeping erases because their time is over."""
DEEP_FINDINGS_MAX = 500
"""Findings of one kind and tenant that `docmill doctor --deep` names; it counts them all."""
DEEP_BLOBS_SAMPLE = 50
"""Files of a tenant, the newest, whose bytes `docmill doctor --deep` looks at without `--blobs`."""
BACKUP_CHUNK_BYTES = 256 * KIB
"""What a backup writes and hashes at a time."""
