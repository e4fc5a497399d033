-- ?1 clock, ?2 id or ids, ?3 twin within, ?4 set back beyond, ?5 step, ?6 longest. The arithmetic is that of `Pace::poll`; an
-- answer is 0 not paced, 1 accepted, 2 twin, 3 slow_down.
--
-- An update returns no rows in MariaDB, and an insertion does. This one finds each row, locks it, judges it as it is then, and
-- always comes upon the row itself, which it updates. Of a grant that is not there it inserts nothing. It waits for the row of
-- one grant that somebody else has locked for a second at most: a connection of the pool waits with it. Of many grants, it
-- passes over those that somebody else has locked.
SET STATEMENT innodb_lock_wait_timeout = 1 FOR
INSERT INTO device_grants (
    id, revision, user_code, issuer, client_id, subject, issued_at, expires_at, forget_at, due_after, told_interval, body,
    is_pending, had_twin, paced
)
SELECT
    -- The other columns stay those of the row. With a BLOB among these, MariaDB would write them to a file first.
    g.id, 0, NULL, '', '', NULL, 0, 0, 0, 0, 0, '', 0, 0,
    CASE
        WHEN g.is_pending = 0 OR {now} >= g.expires_at THEN 0
        WHEN g.last_accepted IS NULL THEN 1
        -- As decimals, which do not overflow at the ends of time.
        WHEN CAST({now} AS DECIMAL(20)) - g.last_accepted >= g.due_after THEN 1
        WHEN CAST({now} AS DECIMAL(20)) - g.last_accepted < -CAST(?4 AS SIGNED) THEN 1
        WHEN ABS(CAST({now} AS DECIMAL(20)) - g.last_accepted) < ?3 AND g.had_twin = 0 THEN 2
        ELSE 3
    END
FROM {chosen}
ON DUPLICATE KEY UPDATE
    last_accepted = CASE VALUES(paced) WHEN 1 THEN {now} ELSE device_grants.last_accepted END,
    had_twin = CASE VALUES(paced) WHEN 1 THEN 0 WHEN 2 THEN 1 ELSE device_grants.had_twin END,
    told_interval = CASE VALUES(paced)
        WHEN 3 THEN GREATEST(device_grants.told_interval, LEAST(device_grants.told_interval + ?5, ?6))
        ELSE device_grants.told_interval
    END,
    paced = VALUES(paced)
RETURNING {row}, told_interval, paced
