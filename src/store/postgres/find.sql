SELECT
    id, user_code, user_code_tail, client_id, key_thumbprint, pkce_challenge, issued_at, expires_at, forget_at,
    polling_interval, revision, record
FROM device_grants
WHERE id = $1
