"""Signed tokens: one strict reading of them for docmill's own and for those of other issuers.

`jws` decides whether a signature is good, `key_set` which keys may have made it, `claims` whether what is
signed is for docmill and for now. A library does the mathematics; what it lets through beyond that
(a key that is not for signing, bad padding, a name twice) is refused before it is asked.
"""
