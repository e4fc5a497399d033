#!lua flags=allow-oom
-- The value of KEYS[1].
--
-- A script that may write, as the first line makes it: a GET may be sent to a replica, answered from the client's own
-- cache, or by a master that is one no longer.
return redis.call('GET', KEYS[1])
