-- ?1 clock, ?2 ids, ?3 twin within, ?4 set back beyond, ?5 longest. Finds the grants whose polls come early and whose devices
-- were told the longest interval already: such a poll changes nothing. The arithmetic is that of `Pace::poll`.
SELECT {row}, told_interval, 3
FROM device_grants AS g
WHERE {chosen} AND is_pending AND {now} < expires_at AND told_interval >= ?5
    AND {now} - last_accepted < due_after
    AND {now} - last_accepted >= -?4
    AND (had_twin OR {now} - last_accepted >= ?3 OR {now} - last_accepted <= -?3)
