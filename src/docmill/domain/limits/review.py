"""Reviewing."""

REVIEW_LEASE_S = 900
"""How long a reviewer has a document in hand; he may extend it as often as he likes."""
REVIEW_OPERATIONS_MAX = 500
"""Operations in one save. Code: request_invalid."""
REVIEW_VALUE_CHARS_MAX = 10_000
"""Characters of a value that a reviewer types. Code: request_invalid."""
REVIEW_NOTE_CHARS_MAX = 1_000
"""Characters of a note or reason. Code: request_invalid."""
REVIEW_ROWS_MAX = 10_000
"""Rows of a list to which a reviewer may add. Code: request_invalid."""
REVIEW_POSTPONE_DAYS_MAX = 365
"""How far a document may be put off. Code: request_invalid."""
REVIEW_RETURN_MINUTES = 15
"""When a document that is read again as another type comes back to the queue, should that come to nothing."""
REVIEW_SETTINGS_CACHE_S = 15.0
"""How long a process may go on by review settings that were changed elsewhere."""
REVIEW_TYPES_MAX = 200
"""Types that review settings name. Code: request_invalid."""
QUEUE_WAIT_S_DEFAULT = 300
"""How long a new file of a tenant may have to wait for its turn, before the tenant's uploads are refused,
where DOCMILL_QUEUE_WAIT_S says nothing else. Code: busy."""
QUEUE_WAIT_S_MAX = 86_400
"""The most that DOCMILL_QUEUE_WAIT_S may say."""
