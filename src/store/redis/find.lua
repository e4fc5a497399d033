-- The value of KEYS[1], and the time.
--
-- A script that may write, as its first line makes it: a GET may be sent to a replica, answered from the client's own
-- cache, or by a master that is one no longer.
local value = redis.call('GET', KEYS[1])
return value and {value, now}
