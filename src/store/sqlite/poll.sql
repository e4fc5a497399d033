-- ?1 id, ?2 now, ?3 clock skew, ?4 how far a clock has to be set back, ?5 client, ?6 key, ?7 challenge,
-- ?8 newest known version of a record. The arithmetic is that of `Pace::poll`; an answer is 1 accepted, 2 twin, 3 slow_down.
UPDATE device_grants
SET
    last_accepted = CASE judged.paced WHEN 1 THEN ?2 ELSE last_accepted END,
    had_twin = CASE judged.paced WHEN 1 THEN 0 WHEN 2 THEN 1 ELSE had_twin END,
    told_interval = CASE judged.paced
        WHEN 3 THEN max(
            ifnull(told_interval, polling_interval),
            min(ifnull(told_interval, polling_interval) + 5, max(60, polling_interval))
        )
        ELSE told_interval
    END,
    paced = judged.paced
FROM (
    SELECT
        CASE
            WHEN last_accepted IS NULL THEN 1
            WHEN ?2 - last_accepted >= polling_interval * 1000000 - max(polling_interval * 100000, 500000) - ?3 THEN 1
            WHEN ?2 - last_accepted < -?4 THEN 1
            WHEN ?2 - last_accepted BETWEEN -999999 AND 999999 AND had_twin = 0 THEN 2
            ELSE 3
        END AS paced
    FROM device_grants
    WHERE id = ?1
) AS judged
WHERE id = ?1
    AND is_pending
    AND ?2 < expires_at
    AND client_id = ?5
    AND (key_thumbprint IS NULL OR key_thumbprint = ?6)
    AND (pkce_challenge IS NULL OR pkce_challenge = ?7)
    AND record_version <= ?8
RETURNING
    id, user_code, client_id, key_thumbprint, pkce_challenge, issued_at, expires_at, forget_at, polling_interval,
    revision, record, told_interval, paced;

-- Of a grant that is not paced. A statement of its own, so it cannot see less than the one above.
SELECT
    id, user_code, client_id, key_thumbprint, pkce_challenge, issued_at, expires_at, forget_at, polling_interval,
    revision, record, NULL AS told_interval, NULL AS paced
FROM device_grants
WHERE id = ?1 AND changes() = 0;
