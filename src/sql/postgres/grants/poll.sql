-- ?1 clock, ?2 id or ids, ?3 twin within, ?4 set back beyond, ?5 step, ?6 longest. The arithmetic is that of `Pace::poll`; an
-- answer is 0 not paced, 1 accepted, 2 twin, 3 slow_down.
--
-- Every grant that is found is updated, one that is not paced to what it was: an update alone sees the latest version
-- of a row that it had to wait for. Whatever else reads the row in this statement sees it as it was before.
--
-- A poll that is lost costs nothing, so its commit does not wait for the log. The update refers to `relaxed`,
-- because what nothing refers to is not executed. It also sets the longest wait for a row that somebody else has locked:
-- a connection of the pool waits with it. Of many grants, those that nobody else has locked are chosen and locked first.
WITH relaxed AS MATERIALIZED (
    SELECT
        set_config('synchronous_commit', 'off', true) AS commits,
        set_config('lock_timeout', '1000', true) AS patience,
        {now} AS now
)
UPDATE device_grants AS g
SET (last_accepted, had_twin, told_interval, paced) = (
    SELECT
        CASE judged.paced WHEN 1 THEN relaxed.now ELSE g.last_accepted END,
        CASE judged.paced WHEN 1 THEN false WHEN 2 THEN true ELSE g.had_twin END,
        CASE judged.paced
            WHEN 3 THEN GREATEST(g.told_interval, LEAST(g.told_interval + ?5, ?6))
            ELSE g.told_interval
        END,
        judged.paced
    FROM (
        SELECT
            CASE
                WHEN NOT g.is_pending OR relaxed.now >= g.expires_at THEN 0
                WHEN g.last_accepted IS NULL THEN 1
                -- In numeric, which does not overflow at the ends of time.
                WHEN relaxed.now::numeric - g.last_accepted >= g.due_after THEN 1
                WHEN relaxed.now::numeric - g.last_accepted < -?4::numeric THEN 1
                WHEN abs(relaxed.now::numeric - g.last_accepted) < ?3 AND NOT g.had_twin THEN 2
                ELSE 3
            END::smallint AS paced
        OFFSET 0
    ) AS judged
)
FROM relaxed
WHERE {chosen} AND relaxed.commits = 'off' AND relaxed.patience IS NOT NULL
RETURNING {row}, g.told_interval::bigint, g.paced::bigint
