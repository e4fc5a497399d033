-- ?1 expected revision, ?2 id, ?3 revision, ?4 subject, ?5 1 if it is pending, ?6 forget at, ?7 body.
UPDATE device_grants
SET revision = ?3, subject = ?4, is_pending = ?5 <> 0, forget_at = ?6, body = ?7
WHERE id = {id} AND revision = ?1
