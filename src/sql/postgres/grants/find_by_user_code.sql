-- ?1 clock, ?2 digests of 32 bytes, one behind the other. The index has their first 8 bytes.
SELECT {row}
FROM device_grants
WHERE user_code = ANY (
        ARRAY (
            SELECT ('x' || encode(substr(?2, i, 8), 'hex'))::bit(64)::bigint
            FROM generate_series(1, (SELECT length(?2)), 32) AS i
        )
    )
    AND int8send(user_code) || uuid_send(user_code_middle) || int8send(user_code_tail) = ANY (
        ARRAY (SELECT substr(?2, i, 32) FROM generate_series(1, (SELECT length(?2)), 32) AS i)
    )
