-- The value of KEYS[1]. A script, because a GET may be routed to a replica, or answered by the client's own cache.
return redis.call('GET', KEYS[1])
