-- ?1 clock, ?2 keys. A key that somebody else has locked is passed over. For the rest see the purge of grants.
DELETE l
FROM (
    SELECT d.`key`
    FROM JSON_TABLE(CONVERT(?2 USING utf8mb4), '$[*]' COLUMNS (name VARCHAR(128) PATH '$')) AS paid
    STRAIGHT_JOIN device_limits AS d ON d.`key` = UNHEX(paid.name)
    WHERE d.owed_until <= {now}
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
) AS free
STRAIGHT_JOIN device_limits AS l ON l.`key` = free.`key`
