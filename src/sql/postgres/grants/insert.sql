-- ?1 clock, ?2 id, ?3 revision, ?4 user code, ?5 issuer, ?6 client, ?7 lifetime, ?8 the time until it may be forgotten,
-- ?9 due after, ?10 told interval, ?11 body. The sums are made in numeric, which does not overflow at the end of time.
INSERT INTO device_grants (
    id, revision, user_code, issuer, client_id, issued_at, expires_at, forget_at,
    due_after, told_interval, body, is_pending, had_twin, paced
)
SELECT
    {id}, ?3,
    encode(?4, 'hex')::uuid,
    ?5, ?6,
    clock.now,
    LEAST(clock.now::numeric + ?7, 9223372036854775807)::bigint,
    LEAST(clock.now::numeric + ?8, 9223372036854775807)::bigint,
    ?9, ?10, ?11, true, false, 0
FROM (SELECT {now} AS now) AS clock
ON CONFLICT DO NOTHING
RETURNING issued_at
