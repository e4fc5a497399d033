SELECT
    id, user_code, client_id, key_thumbprint, pkce_challenge, issued_at, expires_at, forget_at, polling_interval,
    revision, record
FROM device_grants
WHERE user_code = ANY($1)
