-- ?1 clock, ?2 limit. A key that somebody else has locked is left to the next round. By the index: a scan would lock all keys.
DELETE l
FROM (
    SELECT `key` FROM device_limits WHERE owed_until <= {now} ORDER BY owed_until LIMIT ?2 FOR UPDATE SKIP LOCKED
) AS paid
STRAIGHT_JOIN device_limits AS l ON l.`key` = paid.`key`
