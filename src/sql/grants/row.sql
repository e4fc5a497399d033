id, revision, user_code, issuer, client_id, subject, is_pending, issued_at, expires_at, forget_at, body, {now}
