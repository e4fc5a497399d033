-- ?1 clock, ?2 id or ids, ?3 twin within, ?4 set back beyond, ?5 step, ?6 longest. The arithmetic is that of `Pace::poll`; an
-- answer is 1 accepted, 2 twin, 3 slow_down.
UPDATE device_grants
SET
    last_accepted = CASE judged.paced WHEN 1 THEN judged.now ELSE last_accepted END,
    had_twin = CASE judged.paced WHEN 1 THEN 0 WHEN 2 THEN 1 ELSE had_twin END,
    told_interval = CASE judged.paced
        WHEN 3 THEN max(told_interval, min(told_interval + ?5, ?6))
        ELSE told_interval
    END,
    paced = judged.paced
FROM (
    SELECT
        g.id AS judged_id,
        clock.now,
        CASE
            WHEN last_accepted IS NULL THEN 1
            WHEN clock.now - last_accepted >= due_after THEN 1
            WHEN clock.now - last_accepted < -?4 THEN 1
            WHEN clock.now - last_accepted > -?3 AND clock.now - last_accepted < ?3 AND had_twin = 0 THEN 2
            ELSE 3
        END AS paced
    FROM (SELECT {now} AS now) AS clock, device_grants AS g
    WHERE {chosen}
) AS judged
WHERE id = judged.judged_id AND is_pending AND judged.now < expires_at
RETURNING {row}, told_interval, paced
