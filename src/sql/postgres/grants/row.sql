uuid_send(id), revision, uuid_send(user_code), issuer, client_id, subject, is_pending::integer::bigint, issued_at, expires_at,
    forget_at, body, {now}
