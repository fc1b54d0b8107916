"""The machine: what `docmill doctor` warns about, and how long parts may take to start, stop and answer."""

from docmill.domain.limits.units import KIB, MIB

DISK_FREE_BYTES_LOW = 2_048 * MIB
"""Free disk space below which the doctor warns."""
MEMORY_BYTES_LOW = 3_500 * MIB
"""Memory below which the doctor warns."""
REQUESTS_DRAIN_WALL_S_MAX = 5
"""How long the API goes on with requests that were begun when it was told to stop."""
OUTAGE_TOLD_S = 60.0
"""Interval at which a process logs that the same server still does not answer."""
BLOB_READ_AT_ONCE_BYTES_MAX = 256 * 1024
"""Local blobs up to which the event loop reads them itself."""
BLOB_PIECE_BYTES = 256 * KIB
"""Part of a file that is in memory while it is sent to somebody."""
BLOB_PROBE_BYTES = 64 * KIB
"""What `/health/ready` writes to a local blob store, and deletes, to know that uploads can be stored."""
HEALTH_WALL_S_MAX = 2.0
"""How long `docmill doctor` waits for whoever listens on the API's port."""
STOP_CHILDREN_WALL_S_MAX = 9.0
"""How long `docmill up` waits for its processes before it kills them; the database stops after them."""
LOOK_S = 0.2
"""Interval at which `docmill up` looks whether the database still runs."""
WORKER_CONNECTIONS_MAX = 3
"""Database connections of one worker process, beside the one that hears of new work."""
API_CONNECTIONS_MAX = 8
"""Database connections of an API process; of more than two, each has fewer."""
API_CONNECTIONS_MIN = 2
"""Database connections of each of many API processes, at least."""
EMBED_NICENESS = 10
"""Niceness of the engine that makes vectors for the index, so that it only gets what nobody else needs."""
COMPARED_WORDS_MAX = 2_000
"""Words of one document's values that are compared with the picture of their page; the first ones."""
COMPARED_CHARS_MAX = 64
"""Characters of a word that are compared with its picture."""
COMPARED_BY_OCR_MAX = 40
"""Doubtful words of one document that OCR is asked about; the others stay unsure."""
