-- ?1 now, ?2 id.
SELECT {row} FROM device_grants WHERE id = ?2
