-- ?1 clock, ?2 limit, ?3 the number of keys that were passed over. Locks nothing, and does not see keys that are being inserted.
SELECT CAST(HEX(`key`) AS BINARY) FROM device_limits WHERE owed_until <= {now} ORDER BY owed_until LIMIT ?2 OFFSET ?3
