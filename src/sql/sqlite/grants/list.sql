-- ?1 now, ?2 client or subject, ?3 issuer, ?4 time and ?5 id of the place, ?6 limit.
SELECT {row}
FROM device_grants
WHERE {whose} = ?2 AND issuer = ?3 AND (issued_at, id) < (?4, ?5)
ORDER BY issued_at DESC, id DESC
LIMIT ?6
