-- ?1 now, ?2 the keys, as a JSON list.
DELETE FROM device_limits
WHERE key IN (SELECT CAST(value AS BLOB) FROM json_each(CAST(?2 AS TEXT))) AND owed_until <= ?1
