-- ?1 clock, ?2 limit.
DELETE FROM device_limits
WHERE key IN (SELECT key FROM device_limits WHERE owed_until <= {now} LIMIT ?2)
