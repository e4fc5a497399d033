-- $1 clock, $2 client or subject, $3 issuer, $4 time and $5 id of the place, $6 limit. The index is on a piece of the
-- digest, so that text of any length fits and few bytes are kept.
SELECT {row}
FROM device_grants
WHERE substr(sha256({whose}), 1, 4) = substr(sha256($2), 1, 4)
    AND {whose} = $2
    AND issuer = $3
    AND (issued_at, id) < ($4, encode($5, 'hex')::uuid)
ORDER BY issued_at DESC, id DESC
LIMIT $6
