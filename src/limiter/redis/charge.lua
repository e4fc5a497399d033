#!lua
-- Charges KEYS, all or none, by the server's clock; a test passes ARGV[1] (microseconds since the epoch plus 2^63,
-- 8 bytes), which is empty otherwise.
-- ARGV[2]: microseconds until the end of time. Then for each key four: the kind (T take, G give back), and in
-- microseconds what one unit takes, up to where it is allowed, and the most that can be owed.
-- {0}: charged. {number, microseconds}: this key refused, and would not after that long.
--
-- Everything is relative to now, so that it is far below 2^53, up to which doubles are exact.
local HIGH = 4294967296
local now_high, now_low
if ARGV[1] == '' then
    local time = redis.call('TIME')
    local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
    now_high, now_low = 2147483648 + math.floor(micros / HIGH), micros % HIGH
else
    now_high, now_low = struct.unpack('>I4I4', ARGV[1])
end
local room = tonumber(ARGV[2])

local owed, found = {}, {}
for number, key in ipairs(KEYS) do
    local at = 4 * number - 1
    local kind, unit = ARGV[at], tonumber(ARGV[at + 1])
    local allowed = math.min(tonumber(ARGV[at + 2]), room)
    local most = math.min(tonumber(ARGV[at + 3]), room)
    -- The same key may be charged twice.
    if not owed[key] then
        found[key] = redis.call('GET', key)
        local ahead = 0
        if found[key] then
            local high, low = struct.unpack('>I4I4', found[key])
            ahead = (high - now_high) * HIGH + (low - now_low)
        end
        owed[key] = ahead
    end
    -- Beyond the most that can be owed: the clock was set back.
    local before = owed[key] > most and 0 or math.max(0, owed[key])
    local after = math.min(before + unit, room)
    if kind == 'G' then
        after = math.max(0, before - unit)
    elseif after > allowed then
        return {number, after - allowed}
    end
    owed[key] = after
end

for key, ahead in pairs(owed) do
    if ahead > 0 then
        local low = now_low + ahead
        local carry = math.floor(low / HIGH)
        local owed_until = struct.pack('>I4I4', now_high + carry, low - carry * HIGH)
        if owed_until ~= found[key] then
            -- A minute longer than it is owed: another node's clock may be behind.
            local millis = string.format('%.0f', math.ceil(ahead / 1000) + 60000)
            redis.call('SET', key, owed_until, 'PX', millis)
        end
    elseif found[key] then
        redis.call('DEL', key)
    end
end
return {0}
