SELECT
    id, user_code, client_id, key_thumbprint, pkce_challenge, issued_at, expires_at, forget_at, polling_interval,
    revision, record
FROM device_grants
WHERE client_id = ?1 AND (issued_at, id) < (?2, ?3)
ORDER BY issued_at DESC, id DESC
LIMIT ?4
