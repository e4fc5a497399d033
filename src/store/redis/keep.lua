#!lua flags=allow-oom
-- Keeps KEYS[1], a user code of the grant ARGV[1], for at least ARGV[2] milliseconds. No other grant's is touched.
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2], 'GT')
elseif not owner then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
