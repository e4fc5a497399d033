-- ?1 clock, ?2 digests of 16 bytes, one behind the other. The index has their first 8 bytes.
WITH RECURSIVE digests(i) AS (
    SELECT 1 UNION ALL SELECT i + 16 FROM digests WHERE i + 16 < length(?2)
)
SELECT {row}
FROM device_grants
WHERE substr(user_code, 1, 8) IN (SELECT substr(?2, i, 8) FROM digests)
    AND user_code IN (SELECT substr(?2, i, 16) FROM digests)
