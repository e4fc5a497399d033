-- ?1 is a grant. Nothing is kept, so that nothing waits for the disk; in the condition, because what is not referenced
-- is not executed. The row that comes back has a number in it, the only type besides bytes that drivers read.
SELECT (pg_notify('device_grants', encode(?1, 'hex'))::text IS NULL)::integer::bigint
WHERE set_config('synchronous_commit', 'off', true) IS NOT NULL
