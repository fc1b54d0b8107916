"""Messages, retries, leases, housekeeping."""

ATTEMPTS_MAX = 5
"""Tries of one message in one stage, answered by an error or by a death, before it is a dead letter."""
BACKOFF_FIRST_S = 0.5
"""Wait before the second try; each further one doubles it."""
BACKOFF_MAX_S = 60.0
"""The longest wait between two tries."""
LEASE_S = 30.0
"""A claim whose holder has not given a heartbeat for so long is taken by another worker."""
HEARTBEAT_S = 3.0
"""Interval of heartbeats, and so the time in which a worker learns that its message was cancelled."""
SEQUENCE_BATCH_EVENTS = 500
"""Journal rows that get their position in one transaction."""
STOP_WALL_S_MAX = 15.0
"""Seconds between SIGTERM and the last process gone."""
IDEMPOTENCY_KEY_HOURS = 24
"""How long an Idempotency-Key is remembered."""
IDEMPOTENCY_KEY_CHARS_MAX = 200
"""Length of an Idempotency-Key. Code: request_invalid."""
BLOB_GRACE_HOURS = 24
"""Age at which a blob that nothing refers to is collected."""
CLAIMS_KEPT_DAYS = 30
"""How long it is remembered that a stage has answered a message of a run that has ended."""
COLLECT_INTERVAL_S = 3_600.0
"""Pause between two rounds of collecting what nobody needs any more."""
COLLECT_FIRST_S = 60.0
"""Wait before the first round, so that a platform that has just been started does its work first."""
COLLECT_RECHECK_S = 60.0
"""Pause, more than SAVE_WALL_S_MAX, before it is asked again whether really nothing refers to a blob."""
COLLECT_BLOBS_MAX = 10_000
"""Blobs that one round collects; when there are more, the next round follows at once."""
COLLECT_ASKED_BLOBS = 500
"""Blobs whose references are looked up in one statement."""
FORGET_ROWS_MAX = 1_000
"""Rows of each kind that one transaction of the housekeeping deletes."""
