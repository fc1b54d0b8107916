"""Requests, answers and connections."""

from docmill.domain.limits.units import KIB, MIB

PAGE_SIZE_DEFAULT = 50
"""Items of a list when `limit` is not given."""
PAGE_SIZE_MAX = 200
"""The largest `limit`. Code: request_invalid."""
VALUE_FILTERS_MAX = 20
"""Filters by extracted value in one request; planning 1,000 takes seconds. Code: request_invalid."""
UPLOAD_FILES_MAX = 100
"""Files in one request. Code: request_invalid."""
REQUEST_SIZE_BYTES_MAX = 500 * MIB
"""Bytes of one request. Code: file_too_large."""
FILE_NAME_CHARS_MAX = 255
"""Length of a file's name; longer ones are cut."""
WAITS_PER_TENANT_MAX = 100
"""Requests of one tenant that wait in one process; further ones are answered at once."""
WAIT_S_MAX = 60.0
"""The longest `Prefer: wait=`."""
RETRY_AFTER_S = 2
"""What 202 and 503 answer as Retry-After."""
EXPORT_ROWS_MAX = 100_000
"""Documents in one export; a longer one is cut off in a way that no client takes for the whole."""
JSON_BODY_BYTES_MAX = 1 * MIB
"""A type, a set of rules or a search sent as JSON. Code: file_too_large."""
JSON_DEPTH_MAX = 64
"""Objects and lists within each other in JSON that is sent. Code: request_invalid."""
FORM_FIELD_BYTES_MAX = 4 * KIB
"""A field of an upload form that is not a file. Code: request_invalid."""
BATCH_ID_CHARS_MAX = 100
"""Length of a batch id. Code: request_invalid."""
BATCH_LABEL_CHARS_MAX = 200
"""Length of what a batch is said to be. Code: request_invalid."""
BATCH_ITEMS_MAX = 10_000
"""Items of one manifest. Code: request_invalid."""
CANCELS_AT_ONCE = 4
"""Documents of a batch that are cancelled at the same time."""
REPROCESS_REASON_CHARS_MAX = 500
"""Length of the reason for processing a document again. Code: request_invalid."""
WAIT_POLL_S = 0.1
"""Interval at which an API process asks, for all who wait in it together, what has ended."""
API_PROCESSES_MAX = 8
"""API processes of one `docmill up`."""
HEADER_WALL_S_MAX = 10.0
"""Time from the first byte of a request, or from a connection without one, to the end of its head. Code:
request_timeout."""
BODY_IDLE_S_MAX = 15.0
"""The longest pause in a request's body while docmill reads it. Code: request_timeout."""
BODY_RATE_BYTES_S_MIN = 1 * KIB
"""Bytes a second of a request's body, over the time that docmill reads it. Code: request_timeout."""
BODY_RATE_GRACE_S = 20.0
"""Time of reading a body from which on its rate counts."""
ANSWER_IDLE_S_MAX = 30.0
"""How long a receiver may take nothing of an answer before the connection is cut."""
ANSWERED_LINGER_S = 2.0
"""How long the rest of a body may still come in after its request was answered."""
CONNECTION_IDLE_S_MAX = 15
"""How long a connection may rest between two requests."""
CONNECTION_LOOK_S = 1.0
"""Interval at which a connection is looked at for who is too slow."""
CONNECTIONS_MAX = 1_000
"""Connections of one API process; a further one is answered 503 and closed."""
REQUESTS_AT_ONCE_MAX = 400
"""Requests that one API process has in hand; a further one is answered 503. Code: unavailable."""
HEAD_BYTES_MAX = 32 * KIB
"""Size of a request's line and headers."""
SPOOL_BYTES = 256 * KIB
"""Part of an upload that is held in memory; the rest goes to a file that has no name."""
UPLOAD_MEMORY_BYTES_MAX = 64 * MIB
"""Bytes of whole files that one API process has in memory to store them; further ones wait for their turn."""
PREVIEW_DPI_DEFAULT = 100
"""Resolution of a page's picture when `dpi` is not given."""
PREVIEW_DPI_MAX = 300
"""The largest `dpi` of a page's picture. Code: request_invalid."""
