-- ?1 clock, ?2 ids.
SELECT {row}, told_interval, 0 FROM device_grants AS g WHERE {chosen}
