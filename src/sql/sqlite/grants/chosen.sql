g.id IN (
    WITH RECURSIVE places(i) AS (
        SELECT 1 UNION ALL SELECT i + 16 FROM places WHERE i + 16 < length(?2)
    )
    SELECT substr(?2, i, 16) FROM places
)
