-- ?1 clock, ?2 limit.
WITH paid AS MATERIALIZED (
    SELECT key
    FROM device_limits
    WHERE owed_until <= COALESCE(?1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    LIMIT ?2
    FOR UPDATE SKIP LOCKED
)
DELETE FROM device_limits AS l USING paid WHERE l.key = paid.key
