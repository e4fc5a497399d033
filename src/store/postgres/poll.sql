-- $1 id, $2 now, $3 clock skew, $4 how far a clock has to be set back, $5 client, $6 key, $7 challenge, $8 newest known
-- version of a record. The arithmetic is that of `Pace::poll`; an answer is 0 not paced, 1 accepted, 2 twin, 3 slow_down.
--
-- Every grant that is found is updated, one that is not paced to what it was: an update alone sees the latest version
-- of a row that it had to wait for. Whatever else reads the row in this statement sees it as it was before.
--
-- A poll that is lost costs nothing, so its commit does not wait for the log. The update refers to `relaxed`,
-- because what nothing refers to is not executed.
WITH relaxed AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS commits
)
UPDATE device_grants AS g
SET (last_accepted, had_twin, told_interval, paced) = (
    SELECT
        CASE judged.paced WHEN 1 THEN $2 ELSE g.last_accepted END,
        CASE judged.paced WHEN 1 THEN false WHEN 2 THEN true ELSE g.had_twin END,
        CASE judged.paced
            WHEN 3 THEN GREATEST(
                COALESCE(g.told_interval, g.polling_interval),
                LEAST(COALESCE(g.told_interval, g.polling_interval) + 5, GREATEST(60, g.polling_interval))
            )
            ELSE g.told_interval
        END,
        judged.paced
    FROM (
        SELECT
            CASE
                WHEN (
                    g.is_pending
                    AND $2 < g.expires_at
                    AND g.client_id = $5
                    AND (g.key_thumbprint IS NULL OR g.key_thumbprint = $6)
                    AND (g.pkce_challenge IS NULL OR g.pkce_challenge = $7)
                    AND g.record_version <= $8
                ) IS NOT TRUE THEN 0
                WHEN g.last_accepted IS NULL THEN 1
                -- In numeric, which does not overflow at the ends of time.
                WHEN $2::numeric - g.last_accepted
                    >= g.polling_interval * 1000000 - GREATEST(g.polling_interval * 100000, 500000) - $3::numeric
                    THEN 1
                WHEN $2::numeric - g.last_accepted < -$4::numeric THEN 1
                WHEN $2::numeric - g.last_accepted BETWEEN -999999 AND 999999 AND NOT g.had_twin THEN 2
                ELSE 3
            END::smallint AS paced
        OFFSET 0
    ) AS judged
)
FROM relaxed
WHERE g.id = $1 AND relaxed.commits = 'off'
RETURNING
    g.id, g.user_code, g.user_code_tail, g.client_id, g.key_thumbprint, g.pkce_challenge, g.issued_at, g.expires_at,
    g.forget_at, g.polling_interval, g.revision, g.record,
    COALESCE(g.told_interval, g.polling_interval) AS told_interval, g.paced
