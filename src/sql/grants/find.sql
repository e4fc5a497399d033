-- ?1 clock, ?2 id.
SELECT {row} FROM device_grants WHERE id = {id}
