#!lua flags=allow-oom
-- Takes the grants ARGV, which are gone, out of the index KEYS.
for _, id in ipairs(ARGV) do
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
end
return 1
