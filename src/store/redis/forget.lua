-- Deletes the row of KEYS[1] if it may be forgotten.
-- The digest of its user code (empty if it has none), or nil if it was not deleted.
local row = redis.call('GETRANGE', KEYS[1], 0, 80)
if #row < 65 or string.byte(row, 1) ~= 1 then
    return false
end
local flags, forget_high, forget_low = struct.unpack('>BxxxxxxxxxxxxxxxxI4I4', row, 33)
if until_time(forget_high, forget_low) > 0 then
    return false
end
redis.call('DEL', KEYS[1])
if flags % 2 == 1 then
    return string.sub(row, 66)
end
return ''
