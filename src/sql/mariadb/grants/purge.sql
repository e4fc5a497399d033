-- ?1 clock, ?2 ids. A row that somebody else has locked is passed over. The server remembers each row that it passes over, and ends
-- itself when it remembers too many: so the statement looks at the rows that were found and at no others. The limit keeps the list
-- from being merged with the join around it, which locks rows and waits.
DELETE g
FROM (
    SELECT d.id
    FROM JSON_TABLE(CONVERT(?2 USING utf8mb4), '$[*]' COLUMNS (name VARCHAR(128) PATH '$')) AS due
    STRAIGHT_JOIN device_grants AS d ON d.id = CAST(UNHEX(due.name) AS BINARY(16))
    WHERE d.forget_at <= {now}
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
) AS free
STRAIGHT_JOIN device_grants AS g ON g.id = free.id
