-- ?1 clock, ?2 id, ?3 revision, ?4 user code, ?5 issuer, ?6 client, ?7 lifetime, ?8 the time until it may be forgotten,
-- ?9 due after, ?10 told interval, ?11 body. A sum that is too large is the end of time.
INSERT INTO device_grants (
    id, revision, user_code, issuer, client_id, issued_at, expires_at, forget_at, due_after, told_interval, body,
    is_pending, had_twin, paced
)
SELECT
    ?2, ?3, ?4, ?5, ?6, clock.now,
    iif(clock.now > 9223372036854775807 - ?7, 9223372036854775807, clock.now + ?7),
    iif(clock.now > 9223372036854775807 - ?8, 9223372036854775807, clock.now + ?8),
    ?9, ?10, ?11, 1, 0, 0
FROM (SELECT {now} AS now) AS clock
WHERE true
ON CONFLICT DO NOTHING
RETURNING issued_at
