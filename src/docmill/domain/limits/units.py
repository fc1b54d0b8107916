"""Units that limits are told in."""

KIB = 1024
MIB = 1024 * KIB
