-- The index is on a piece of the digest, so that text of any length fits and few bytes are kept.
SELECT
    id, user_code, user_code_tail, client_id, key_thumbprint, pkce_challenge, issued_at, expires_at, forget_at,
    polling_interval, revision, record
FROM device_grants
WHERE substr(sha256(client_id), 1, 4) = substr(sha256($1), 1, 4) AND client_id = $1 AND (issued_at, id) < ($2, $3)
ORDER BY issued_at DESC, id DESC
LIMIT $4
