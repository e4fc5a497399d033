-- A line if this role lacks a right.
SELECT convert_to(CASE WHEN bool_and(has_table_privilege(t, r)) THEN ''
    ELSE format('this role may not read and write grants: GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', t, current_user)
    END, 'UTF8')
FROM (SELECT 'device_grants'::regclass AS t) AS ours, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS r
GROUP BY t
