INSERT INTO device_grants (
    id, user_code, user_code_tail, client_id, key_thumbprint, pkce_challenge, issued_at, expires_at, forget_at,
    polling_interval, had_twin, paced, is_pending, revision, record_version, record, subject
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false, 0, $11, $12, $13, $14, $15)
ON CONFLICT DO NOTHING
