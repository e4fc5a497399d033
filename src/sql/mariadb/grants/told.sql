-- ?1 clock, ?2 ids, ?3 twin within, ?4 set back beyond, ?5 longest. Finds the grants whose polls come early and whose devices
-- were told the longest interval already: such a poll changes nothing. The arithmetic is that of `Pace::poll`.
SELECT {row}, told_interval, 3
FROM {chosen}
WHERE is_pending = 1 AND {now} < expires_at AND told_interval >= ?5
    -- As decimals, which do not overflow at the ends of time.
    AND CAST({now} AS DECIMAL(20)) - last_accepted < due_after
    AND CAST({now} AS DECIMAL(20)) - last_accepted >= -CAST(?4 AS SIGNED)
    AND (had_twin = 1 OR ABS(CAST({now} AS DECIMAL(20)) - last_accepted) >= ?3)
