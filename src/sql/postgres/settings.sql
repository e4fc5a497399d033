-- A line for each setting with which a crash may lose what was acknowledged.
SELECT convert_to(concat_ws(E'\n',
    CASE WHEN current_setting('synchronous_commit') = 'off'
        THEN 'commits do not wait for the disk, so a crash may lose an approval: set synchronous_commit to on, for this role' END,
    CASE WHEN current_setting('fsync') = 'off'
        THEN 'the server writes without fsync, so a crash may destroy the database: set fsync to on' END), 'UTF8')
