#!lua flags=allow-oom
-- Deletes the row of KEYS[1] if it may be forgotten at ARGV[1], a time as rows have it.
-- The digest of its user code (empty if it has none), or nil if it was not deleted.
local row = redis.call('GETRANGE', KEYS[1], 0, 84)
if #row < 53 or string.byte(row, 1) ~= 1 then
    return false
end
local flags, forget_high, forget_low = struct.unpack('>BxxxxxxxxxxxxxxxxI4I4', row, 25)
local now_high, now_low = struct.unpack('>I4I4', ARGV[1])
if now_high < forget_high or now_high == forget_high and now_low < forget_low then
    return false
end
redis.call('DEL', KEYS[1])
if math.floor(flags / 8) % 2 == 1 then
    return string.sub(row, 54, 85)
end
return ''
