-- Of its claims a tenant sees how far they are, and not which machine has them in hand.
REVOKE SELECT ON docmill.claims FROM docmill_tenants;
GRANT SELECT (stage, event, recorded_at, seq, tenant, document, run, status, available_at, attempts, percent, created_at,
    ended_at, code, reason, replays) ON docmill.claims TO docmill_tenants;
