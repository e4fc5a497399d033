-- ?1 clock, ?2 ids, ?3 twin within, ?4 set back beyond, ?5 longest. Finds the grants whose polls come early and whose devices
-- were told the longest interval already: such a poll changes nothing. The arithmetic is that of `Pace::poll`.
SELECT {row}, told_interval::bigint, 3::bigint
FROM device_grants AS g
WHERE {chosen} AND is_pending AND {now} < expires_at AND told_interval >= ?5
    -- In numeric, which does not overflow at the ends of time.
    AND {now}::numeric - last_accepted < due_after
    AND {now}::numeric - last_accepted >= -?4::numeric
    AND (had_twin OR abs({now}::numeric - last_accepted) >= ?3)
