-- ?1 clock, ?2 limit. The index has seconds.
DELETE FROM device_grants
WHERE rowid IN (
    SELECT rowid
    FROM device_grants
    WHERE forget_at / 1000000 <= {now} / 1000000 AND forget_at <= {now}
    ORDER BY forget_at / 1000000
    LIMIT ?2
)
