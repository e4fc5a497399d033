-- ?1 expected revision, ?2 id, ?3 revision, ?4 subject, ?5 1 if it is pending, ?6 forget at, ?7 body. On a server it waits for a row
-- that somebody else has locked for a second at most, as a poll does: a connection of the pool waits with it.
UPDATE device_grants
SET revision = ?3, subject = ?4, is_pending = ?5 <> 0, forget_at = ?6, body = ?7
WHERE id = {id} AND revision = ?1
