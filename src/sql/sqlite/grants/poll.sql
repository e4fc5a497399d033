-- ?1 now, ?2 id, ?3 twin within, ?4 set back beyond, ?5 step, ?6 longest. The arithmetic is that of `Pace::poll`; an answer
-- is 1 accepted, 2 twin, 3 slow_down.
UPDATE device_grants
SET
    last_accepted = CASE judged.paced WHEN 1 THEN ?1 ELSE last_accepted END,
    had_twin = CASE judged.paced WHEN 1 THEN 0 WHEN 2 THEN 1 ELSE had_twin END,
    told_interval = CASE judged.paced
        WHEN 3 THEN max(told_interval, min(told_interval + ?5, ?6))
        ELSE told_interval
    END,
    paced = judged.paced
FROM (
    SELECT
        CASE
            WHEN last_accepted IS NULL THEN 1
            WHEN ?1 - last_accepted >= due_after THEN 1
            WHEN ?1 - last_accepted < -?4 THEN 1
            WHEN ?1 - last_accepted > -?3 AND ?1 - last_accepted < ?3 AND had_twin = 0 THEN 2
            ELSE 3
        END AS paced
    FROM device_grants
    WHERE id = ?2
) AS judged
WHERE id = ?2 AND is_pending AND ?1 < expires_at
RETURNING {row}, told_interval, paced;

-- For a grant that is not paced. A statement of its own, so it cannot see less than the one above.
SELECT {row}, told_interval, 0 FROM device_grants WHERE id = ?2 AND changes() = 0;
