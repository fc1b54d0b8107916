"""Weights, quotas, back-pressure and the ledger."""

from docmill.domain.limits.units import MIB

WEIGHT_MIN = 0.01
"""The least weight of a tenant or of one of its stages. Code: request_invalid."""
WEIGHT_MAX = 1_000.0
"""The greatest weight of a tenant or of one of its stages. Code: request_invalid."""
QUOTA_MAX = 10**15
"""The greatest number that a quota may have. Code: request_invalid."""
QUOTA_CACHE_S = 5.0
"""How long a process may go on with a quota that was changed elsewhere."""
QUOTA_DRAW_S = 1.0
"""A process draws so many seconds' worth of a tenant's allowance at a time, at least one document, and gives
back what it has not used after as long."""
STORAGE_LOOK_S = 10.0
"""Interval at which the bytes that a tenant has stored are counted, while it uploads and has a quota of
them."""
PRESSURE_LOOK_S = 1.0
"""Age up to which an upload goes by what is known of the queues; looking takes 2 % of the time at the
most."""
PRESSURE_RATE_S = 15.0
"""Seconds over which it is counted how fast a tenant's documents are read."""
QUEUE_DOCUMENTS_MAX = 100_000
"""Documents that wait to be read, all tenants together, from which on the heaviest ones are told to wait.
Code: busy."""
QUEUE_DISK_FREE_BYTES_MIN = 1_024 * MIB
"""Free disk space below which the tenants with the most waiting are told to wait. Code: busy."""
BUSY_RETRY_S_MAX = 120
"""The longest Retry-After of an upload that is refused because of what waits already."""
LEDGER_FLUSH_S = 5.0
"""Interval at which a process writes what was used; a process that is killed loses so much of it."""
LEDGER_FLUSH_CPU_S = 0.25
"""What a process may have used itself, in CPU seconds, before it writes so although it worked for nobody."""
LEDGER_IDLE_FLUSH_S = 60.0
"""Interval at which a process that has worked for nobody writes what it used itself."""
USAGE_DAYS_MAX = 400
"""Days that one look at the usage may span. Code: request_invalid."""
USAGE_DOCUMENTS_MAX = 10_000
"""Documents that one look at the usage by document lists, the costliest ones."""
