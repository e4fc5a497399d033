-- ?1 clock, ?2 limit.
DELETE FROM device_grants WHERE forget_at <= {now} ORDER BY forget_at LIMIT ?2
