"""PostgreSQL, the source of truth: one module per port, SQL in files beside them.

- ``database``: connections, transactions under a tenant's role, errors translated in one place;
- ``queries``: SQL by name from ``sql/*.sql``;
- ``schema``: migrations (``migrations/*.sql``) and functions (``functions/*.sql``), rights and policies;
- ``isolation``: who may see what, as told by the database's own catalog;
- ``document_store``, ``claims``, ``journal``, ``tenancy``, ``catalog``, ``archive``, ``search_index``: ports.
"""
