-- ?1 clock, ?2 limit. A row that somebody else has locked is left to the next round. In this order, because a join that began with
-- the table would lock the rows one by one, and wait.
DELETE g
FROM (
    SELECT id FROM device_grants WHERE forget_at <= {now} ORDER BY forget_at LIMIT ?2 FOR UPDATE SKIP LOCKED
) AS due
STRAIGHT_JOIN device_grants AS g ON g.id = due.id
