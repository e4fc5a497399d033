UPDATE device_grants
SET is_pending = ?3, revision = ?4, record_version = ?5, record = ?6, subject = ?7
WHERE id = ?1 AND revision = ?2
