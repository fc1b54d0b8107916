"""The platform's processes."""

BLOBS_AT_ONCE = 8
"""Members of an archive that are written to the blob store at the same time."""
MESSAGES_AT_ONCE = 4
"""Messages that one worker process has in hand: while one waits for a child or the database, another
computes."""
OUTAGE_RETRY_S = 3.0
"""Wait before a message is tried again that failed because a disk is full or a server is away; not counted
as a try."""
SAVE_WALL_S_MAX = 25.0
"""How long an answer is kept for a database that is away, before the claim's lease ends anyway."""
CONFLICT_RETRIES_MAX = 5
"""How often a stage is asked again at once because the run changed under its hands."""
IDLE_POLL_S = 1.0
"""Interval at which an idle worker looks for work that no notification announces: ended leases and
backoffs."""
READING_BYTES_PER_WORD = 32
"""What a word takes in an encoded reading, about."""
INLINE_READING_BYTES_MAX = 24 * 1024
"""Encoded readings up to which a stage computes in the event loop: three pages, or 30 ms."""
TAKE_GATHER_S = 0.01
"""Pause of a busy worker between the end of a message and the next take, to take several."""
FOLLOW_BATCH_EVENTS = 500
"""Journal rows that a following stage reads at a time."""
DRAIN_WALL_S_MAX = 6.0
"""How long a worker that was told to stop goes on with the messages in hand; what is left is given back."""
RESTART_FIRST_S = 0.1
"""Wait before a process that died is started again; doubled each time that it dies soon after."""
RESTART_MAX_S = 5.0
"""The longest wait before a process that died is started again."""
WORKERS_MAX = 16
"""Worker processes of one `docmill up`."""
