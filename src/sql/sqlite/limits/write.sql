-- ?1 a JSON list: key, owed until and period as they are to be, owed until and period as they were. All or none.
INSERT INTO device_limits (key, owed_until, period)
SELECT CAST(json_extract(c.value, '$[0]') AS BLOB), json_extract(c.value, '$[1]'), json_extract(c.value, '$[2]')
FROM json_each(CAST(?1 AS TEXT)) AS c
WHERE NOT EXISTS (
    SELECT 1
    FROM json_each(CAST(?1 AS TEXT)) AS e
    LEFT JOIN device_limits AS l ON l.key = CAST(json_extract(e.value, '$[0]') AS BLOB)
    WHERE l.owed_until IS NOT json_extract(e.value, '$[3]') OR l.period IS NOT json_extract(e.value, '$[4]')
)
ON CONFLICT (key) DO UPDATE SET owed_until = excluded.owed_until, period = excluded.period
