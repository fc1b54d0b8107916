"""Issuers beside docmill itself, by OpenID Connect Discovery.

`documents` fetches what an issuer says about itself, `published` keeps its keys as fresh as needed,
`issuers` decides who a token is about.
"""
