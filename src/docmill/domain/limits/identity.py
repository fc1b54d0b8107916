"""Keys, tokens, issuers, people and sessions."""

from docmill.domain.limits.units import KIB

CREDENTIAL_CHARS_MAX = 8 * 1024
"""Length of a key or token. Code: unauthenticated."""
KEY_USED_WRITE_S = 300.0
"""Interval at which a process writes down that a key is being used."""
KEY_OVERLAP_HOURS_DEFAULT = 24
"""How long a rotated key goes on beside the new one when nothing else is asked for."""
KEY_OVERLAP_HOURS_MAX = 24 * 30
"""The longest time that a rotated key may go on. Code: request_invalid."""
KEY_DAYS_MAX = 3_650
"""The longest life that can be asked for a key. Code: request_invalid."""
KEYS_PER_TENANT_MAX = 1_000
"""Keys of one tenant that are not revoked. Code: request_invalid."""
KEYS_LISTED_MAX = 5_000
"""Keys that a list has; revoked ones come last."""
LABEL_CHARS_MAX = 200
"""Length of what a key is said to be for. Code: request_invalid."""
SCOPES_MAX = 32
"""Scopes that one key or token may be given. Code: request_invalid."""
TOKEN_S = 900
"""Life of a token that a key is exchanged for."""
TOKEN_SKEW_S = 60
"""How far the clocks of an issuer and of docmill may be apart."""
TOKEN_S_MAX = 24 * 3_600
"""The longest life, from its issue, of another issuer's token. Code: unauthenticated."""
SIGNING_KEY_DAYS = 30
"""How long docmill signs its tokens with one key."""
JWKS_CACHE_S = 300
"""How long readers may keep docmill's public keys; a new one is shown so long before it signs."""
KEY_SET_KEYS_MAX = 32
"""Keys of an issuer's key set that are looked at; the first ones."""
RSA_BITS_MIN = 2_048
"""Bits of an issuer's RSA key; one with fewer is left out."""
RSA_BITS_MAX = 8_192
"""Bits of an issuer's RSA key; one with more is left out, since checking would take long."""
ISSUER_TENANTS_MAX = 10_000
"""Tenants that one issuer may name. Code: request_invalid."""
ISSUER_URL_CHARS_MAX = 400
"""Length of an issuer's address. Code: request_invalid."""
ISSUER_SUBJECT_CHARS_MAX = 255
"""Length of what an issuer calls somebody, as OpenID Connect has it. Code: unauthenticated."""
ISSUERS_MAX = 100
"""Issuers of one platform. Code: request_invalid."""
ISSUER_KEYS_KEPT_S = 600.0
"""How long an issuer's key set is taken for new."""
ISSUER_KEYS_STALE_S_MAX = 3_600.0
"""How long an issuer's key set is used when the issuer does not answer. Code: unavailable."""
ISSUER_ASKED_AGAIN_S = 30.0
"""Least pause between two looks for an issuer's keys, whatever tokens name."""
ISSUER_ANSWER_S_MAX = 5.0
"""How long an issuer may take to answer with its keys."""
ISSUER_ANSWER_BYTES_MAX = 256 * KIB
"""Size of an issuer's description and of its key set."""
PASSWORD_CHARS_MIN = 12
"""Length of a password. Code: request_invalid."""
PASSWORD_CHARS_MAX = 256
"""Length of a password. Code: request_invalid."""
PASSWORD_HASH_ROUNDS = 3
"""Passes of argon2id over its memory."""
PASSWORD_HASH_KIB = 64 * 1024
"""Memory of one argon2id hash, in KiB: with three passes what RFC 9106 asks for where memory is scarce."""
PASSWORD_HASHES_AT_ONCE = 2
"""Passwords that one process hashes at the same time; others wait."""
PASSWORD_HASHES_WAITING_MAX = 50
"""Sign-ins that wait for a hash in one process; a further one is told to come again. Code: busy."""
EMAIL_CHARS_MAX = 254
"""Length of the address that a person signs in with. Code: request_invalid."""
SIGN_IN_WINDOW_S = 900
"""The time in which failed sign-ins are counted."""
SIGN_IN_TRIES_PER_ACCOUNT_MAX = 10
"""Failed sign-ins of one account within the window. Code: rate_limited."""
SIGN_IN_TRIES_PER_ADDRESS_MAX = 50
"""Failed sign-ins from one network address within the window. Code: rate_limited."""
SESSION_IDLE_S_MAX = 3_600
"""A session that is not used for so long ends."""
SESSION_S_MAX = 12 * 3_600
"""A session ends so long after the sign-in, used or not."""
SESSION_USED_WRITE_S = 60.0
"""Interval at which it is written down that a session is being used."""
PEOPLE_LISTED_MAX = 50_000
"""People that `docmill people list` shows."""
MEMBERS_PER_TENANT_MAX = 10_000
"""People of one tenant. Code: request_invalid."""
