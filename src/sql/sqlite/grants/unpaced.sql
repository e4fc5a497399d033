-- ?1 clock, ?2 id.
SELECT {row}, told_interval, 0 FROM device_grants WHERE id = ?2
