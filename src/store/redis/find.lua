-- The value of KEYS[1], and the time.
--
-- A script, because its first line makes it a write: a GET may be sent to a replica, or answered from the client's own
-- cache or by a server that is the master no longer.
local value = redis.call('GET', KEYS[1])
return value and {value, now}
