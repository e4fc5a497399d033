#!lua flags=allow-oom
-- Deletes KEYS[1] if it is ARGV[1]: another grant may have the user code by now.
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
