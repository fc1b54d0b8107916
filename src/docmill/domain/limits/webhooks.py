"""Webhooks and streams of events."""

from docmill.domain.limits.units import KIB

SEQUENCER_CONNECTIONS_MAX = 3
"""Database connections of the process that orders the journal and sends webhooks."""
WEBHOOKS_PER_TENANT_MAX = 20
"""Endpoints of one tenant. Code: request_invalid."""
WEBHOOK_URL_CHARS_MAX = 2_000
"""Length of an endpoint's address. Code: address_refused."""
WEBHOOK_DESCRIPTION_CHARS_MAX = 200
"""Length of what an endpoint is said to be for. Code: request_invalid."""
WEBHOOK_SECRET_BYTES = 32
"""Random bytes of an endpoint's secret."""
WEBHOOK_SECRET_OVERLAP_HOURS = 24
"""How long a secret that was rotated out goes on signing beside the new one."""
WEBHOOK_SIGNATURES_MAX = 4
"""Signatures of one request: the newest secret's, and those of the ones that it replaced of late."""
WEBHOOK_RETRY_S = (5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200)
"""Waits after a delivery's first, second, … failure; later ones wait like the last. Together 27.9 hours."""
WEBHOOK_RETRY_JITTER = 0.1
"""Share of such a wait that it is lengthened or shortened by, at random."""
WEBHOOK_GIVE_UP_HOURS = 24
"""Age, from its first try, at which a delivery that fails is given up."""
WEBHOOK_CONNECT_S_MAX = 5.0
"""How long a receiver may take to be connected to. Code in the log: connect_timeout."""
WEBHOOK_WALL_S_MAX = 15.0
"""How long one try of a delivery may take in all. Code in the log: timeout."""
WEBHOOK_ANSWER_BYTES_MAX = 4 * KIB
"""What is read of a receiver's answer, so that its connection ends in good order; nothing of it is kept."""
WEBHOOK_LEASE_S = 30.0
"""Time after which a delivery whose sender has died is sent by another."""
WEBHOOK_FAILING_DAYS_MAX = 5
"""Days without one success after which an endpoint is disabled."""
WEBHOOK_SENDS_AT_ONCE = 32
"""Deliveries that one process sends at the same time."""
WEBHOOK_SENDS_PER_TENANT = 8
"""Of these, those of one tenant."""
WEBHOOK_SENDS_PER_ENDPOINT = 4
"""Of these, those to one endpoint; an endpoint that failed last time gets one."""
WEBHOOK_SENDS_TO_FAILING = 16
"""Of these, those to endpoints that failed last time: dead ones leave room for the others."""
WEBHOOK_PORTS = (443, 8443)
"""Ports that an address on the internet may name."""
WEBHOOK_ADDRESSES_MAX = 16
"""Addresses that a receiver's name may have; all are checked, the first two are tried."""
WEBHOOK_LOOKUP_S_MAX = 3.0
"""How long looking up a receiver's name may take. Code: address_refused."""
WEBHOOK_REPLAY_MAX = 10_000
"""Deliveries that one replay brings back, the oldest first."""
DELIVERIES_KEPT_DAYS = 30
"""How long the delivery log goes back."""
FORGET_DELIVERIES_INTERVAL_S = 600.0
"""Pause between two rounds of deleting what is older."""
BATCH_CHECK_S = 1.0
"""Wait between the end of a batch's document and the look whether it was the last one."""
BATCH_QUIET_S = 30.0
"""Quiet time after which a batch that nobody has said the size of is complete when all of it has ended."""
EVENT_STREAMS_MAX = 200
"""Event streams of one process. Code: busy."""
EVENT_STREAMS_PER_TENANT_MAX = 20
"""Event streams of one tenant in one process. Code: busy."""
EVENT_STREAM_WAITING_MAX = 1_000
"""Events that wait for one slow reader before its stream is ended; it may come again and go on."""
EVENT_BATCHES_KNOWN_MAX = 10_000
"""Documents of which one stream remembers the batch; beyond, it asks for them anew."""
EVENT_STREAM_SEND_S_MAX = 20.0
"""How long a reader may leave what was sent lying before its stream is ended."""
EVENT_HEARTBEAT_S = 15.0
"""Interval of the comments that keep a quiet stream open, and of asking again whether its reader may go
on."""
EVENT_POLL_S = 0.25
"""Interval at which a process with streams looks for new events."""
EVENT_RESUME_EVENTS_MAX = 100_000
"""Events of the whole platform up to which a stream goes on after an interruption."""
EVENT_RESUME_STEP = 5_000
"""Events of the whole platform that one look back goes over."""
EVENT_FILTER_VALUES_MAX = 20
"""Documents, batches or types that one stream is narrowed to. Code: request_invalid."""
