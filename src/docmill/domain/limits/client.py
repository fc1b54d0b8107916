"""The command line as a client."""

CLIENT_FIRST_PATIENCE_S = 5.0
"""How long a command tries to reach an API that has not answered it yet."""
CLIENT_PATIENCE_S = 300.0
"""How long a command repeats a request to an API that has answered before: it is being restarted."""
CLIENT_TIMEOUT_S = 120.0
"""How long a command waits for one answer."""
UPLOADS_AT_ONCE = 4
"""Files that `docmill submit` uploads at the same time."""
WATCH_PAUSE_S = 0.5
"""Pause between two looks of `docmill submit --watch`."""
REVIEW_PATIENCE_S = 15
"""How long `docmill review correct` waits for what its save leads to."""
