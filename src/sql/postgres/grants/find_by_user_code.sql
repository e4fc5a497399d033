-- ?1 clock, ?2 digests of 16 bytes, one behind the other.
SELECT {row}
FROM device_grants
WHERE user_code = ANY (
    ARRAY (
        SELECT encode(substr(?2, i, 16), 'hex')::uuid
        FROM generate_series(1, (SELECT length(?2)), 16) AS i
    )
)
