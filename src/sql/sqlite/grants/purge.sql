-- ?1 now, ?2 limit.
DELETE FROM device_grants
WHERE rowid IN (SELECT rowid FROM device_grants WHERE forget_at <= ?1 ORDER BY forget_at LIMIT ?2)
