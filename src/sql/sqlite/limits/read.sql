-- ?1 clock, ?2 the keys, as a JSON list.
SELECT CAST(c.value AS BLOB), l.owed_until, l.period, {now}
FROM json_each(CAST(?2 AS TEXT)) AS c
LEFT JOIN device_limits AS l ON l.key = CAST(c.value AS BLOB)
