-- A line for each right that this role lacks.
SELECT convert_to(concat_ws(E'\n',
    CASE WHEN NOT (SELECT bool_and(has_table_privilege(t, r)) FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS r)
        THEN format(
            'this role may not read and write limits: GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', t, current_user
        ) END,
    CASE WHEN NOT has_function_privilege(f, 'EXECUTE')
        THEN format('this role may not charge limits: GRANT EXECUTE ON FUNCTION %s TO %I', f, current_user) END), 'UTF8')
FROM (
    SELECT
        'device_limits'::regclass AS t,
        'device_charge(bytea[],bigint[],bigint[],smallint[],bigint)'::regprocedure AS f
) AS ours
