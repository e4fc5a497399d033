uuid_send(id), revision,
    int8send(user_code) || COALESCE(uuid_send(user_code_middle) || int8send(user_code_tail), ''),
    issuer, client_id, subject, is_pending::integer::bigint, issued_at, expires_at, forget_at, body, {now}
