-- ?1 clock, ?2 digests of 32 bytes, one behind the other. In this order of the tables, so that each is looked up.
WITH RECURSIVE places (i) AS (
    SELECT 1 UNION ALL SELECT i + 32 FROM places WHERE i + 32 < LENGTH(?2)
)
SELECT {row}
FROM (SELECT DISTINCT SUBSTRING(?2, i, 32) AS digest FROM places) AS digests
STRAIGHT_JOIN device_grants ON user_code = CAST(digest AS BINARY(32))
