-- ?1 clock, ?2 digests of 16 bytes, one behind the other. In this order of the tables, so that each is looked up.
WITH RECURSIVE places (i) AS (
    SELECT 1 UNION ALL SELECT i + 16 FROM places WHERE i + 16 < LENGTH(?2)
)
SELECT {row}
FROM (SELECT DISTINCT SUBSTRING(?2, i, 16) AS digest FROM places) AS digests
STRAIGHT_JOIN device_grants ON user_code = CAST(digest AS BINARY(16))
