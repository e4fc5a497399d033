-- ?1 clock, ?2 limit, ?3 the number of rows that were passed over. Locks nothing, and does not see rows that are being inserted.
SELECT CAST(HEX(id) AS BINARY) FROM device_grants WHERE forget_at <= {now} ORDER BY forget_at LIMIT ?2 OFFSET ?3
