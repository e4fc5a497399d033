#!lua flags=allow-oom
-- Calls what the other scripts call, on KEYS[1], a key that no grant has: a right that is missing is found at start, and not by the
-- first device. ARGV[1] is set if there are indexes. Nothing stays.
redis.call('SET', KEYS[1], 'check')
redis.call('GET', KEYS[1])
redis.call('SETRANGE', KEYS[1], 0, 'check')
redis.call('GETRANGE', KEYS[1], 0, 0)
redis.call('PEXPIRE', KEYS[1], 1000)
redis.call('DEL', KEYS[1])
redis.call('TIME')
if ARGV[1] ~= '' then
    redis.call('ZADD', KEYS[1], 0, 'check')
    redis.call('ZRANGE', KEYS[1], 0, 0)
    redis.call('ZRANGEBYSCORE', KEYS[1], 0, 0)
    redis.call('ZREVRANGEBYSCORE', KEYS[1], 0, 0)
    redis.call('ZREM', KEYS[1], 'check')
end
