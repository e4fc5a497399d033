-- ?1 clock, ?2 limit. As an array, which is made once, and by which the rows are looked up however many the planner
-- expects. A row that somebody else has locked is left to the next round. The index has seconds.
DELETE FROM device_grants
WHERE id = ANY (
    ARRAY (
        SELECT id
        FROM device_grants
        WHERE forget_at / 1000000 <= {now} / 1000000 AND forget_at <= {now}
        ORDER BY forget_at / 1000000
        LIMIT ?2
        FOR UPDATE SKIP LOCKED
    )
)
