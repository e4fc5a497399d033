-- Materialized, so that the limit is applied once. A row that is being decided on is waited for, not passed over.
WITH due AS MATERIALIZED (
    SELECT id
    FROM device_grants
    WHERE forget_at <= $1
    ORDER BY forget_at
    LIMIT $2
    FOR UPDATE
)
DELETE FROM device_grants AS g
USING due
WHERE g.id = due.id
