-- ?1 is a grant. Nothing is kept, so that nothing waits for the disk; in the condition, because what is not referenced
-- is not executed.
SELECT pg_notify('device_grants', encode(?1, 'hex'))::text
WHERE set_config('synchronous_commit', 'off', true) IS NOT NULL
