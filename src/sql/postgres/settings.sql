-- A line for each setting with which a crash, or a failover to a standby, may lose what was acknowledged. Whoever follows
-- this server is in `pg_stat_replication`, for every role.
SELECT convert_to(concat_ws(E'\n',
    CASE WHEN current_setting('synchronous_commit') = 'off'
        THEN 'commits do not wait for the disk, so a crash may lose an approval: set synchronous_commit to on, for this role' END,
    CASE WHEN current_setting('fsync') = 'off'
        THEN 'the server writes without fsync, so a crash may destroy the database: set fsync to on' END,
    CASE WHEN EXISTS (SELECT FROM pg_stat_replication) AND
        (current_setting('synchronous_standby_names') = '' OR current_setting('synchronous_commit') = 'local')
        THEN 'commits do not wait for the standby, so a failover may lose an approval or issue tokens twice: set synchronous_standby_names, '
            'and synchronous_commit to on' END), 'UTF8')
