-- Notes the grant ARGV[2] in an index: KEYS[1] has it at the time ARGV[3] at which its codes were issued, KEYS[2] at the time
-- ARGV[4] until which the entry is kept, both in microseconds since the epoch. An entry that is there is kept for no less.
--
-- Some entries that are over go on the way, so that an index that nobody reads does not grow without end.
local now_micros = (now_high - HIGH / 2) * HIGH + now_low
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[2], 'GT', ARGV[4], ARGV[2])
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now_micros, 'LIMIT', 0, 16)) do
    redis.call('ZREM', KEYS[1], over)
    redis.call('ZREM', KEYS[2], over)
end
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
if last[2] then
    local millis = string.format('%.0f', math.max(math.ceil((last[2] - now_micros) / 1000), 1))
    redis.call('PEXPIRE', KEYS[1], millis)
    redis.call('PEXPIRE', KEYS[2], millis)
end
return 1
