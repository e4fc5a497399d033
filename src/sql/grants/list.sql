-- ?1 clock, ?2 id and ?5 time of the place, ?3 client or subject, ?4 issuer, ?6 limit.
SELECT {row}
FROM device_grants
WHERE {by_index} {whose} = ?3
    AND issuer = ?4
    AND issued_at <= ?5
    AND (issued_at < ?5 OR id < {id})
ORDER BY {in_index_order} issued_at DESC, id DESC
LIMIT ?6
