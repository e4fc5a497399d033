#!lua flags=allow-oom
-- At most ARGV[1] entries of the index KEYS[1] as id, time, id, time and so on, newest first: those after the place with the
-- time ARGV[2] and the id ARGV[3], or all if the id is empty.
local count, newest, id = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local BATCH = 128

-- Ids are compared by their bytes, as the index has them, and not by the server's locale.
local function is_before(one, other)
    for at = 1, #other do
        local a, b = string.byte(one, at), string.byte(other, at)
        if a ~= b then
            return a ~= nil and a < b
        end
    end
    return false
end

local found, offset = {}, 0
while true do
    local batch = redis.call('ZREVRANGEBYSCORE', KEYS[1], newest, '-inf', 'WITHSCORES', 'LIMIT', offset, BATCH)
    for at = 1, #batch, 2 do
        if id == '' or tonumber(batch[at + 1]) < tonumber(newest) or is_before(batch[at], id) then
            found[#found + 1] = batch[at]
            found[#found + 1] = batch[at + 1]
            if #found >= 2 * count then
                return found
            end
        end
    end
    if #batch < 2 * BATCH then
        return found
    end
    offset = offset + BATCH
end
