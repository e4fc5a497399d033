#!lua
-- Charges KEYS, all or none, by the server's clock; a test passes ARGV[1] (microseconds since the epoch plus 2^63,
-- 8 bytes), which is empty otherwise. Then for each key three: the kind (T take, G give back), and in microseconds what
-- one unit takes and the period.
-- {0}: charged. {number, microseconds}: this key refused, and would not after that long.
--
-- A key holds the time until which it owes (8 bytes) and the period that the debt is a part of (6 bytes). The
-- arithmetic, which is that of `Quota::debit`, is relative to now, so that it is far below 2^53, up to which doubles are
-- exact.
local HIGH = 4294967296
local FORM = '>I4I4I6'
local now_high, now_low
if ARGV[1] == '' then
    local time = redis.call('TIME')
    local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
    now_high, now_low = 2147483648 + math.floor(micros / HIGH), micros % HIGH
else
    now_high, now_low = struct.unpack('>I4I4', ARGV[1])
end

local owed, part_of, found = {}, {}, {}
for number, key in ipairs(KEYS) do
    local at = 3 * number - 1
    local kind, unit, period = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    -- The same key may be charged twice.
    if not owed[key] then
        found[key] = redis.call('GET', key)
        owed[key], part_of[key] = 0, period
        if found[key] then
            local high, low, written = struct.unpack(FORM, found[key])
            owed[key] = math.max(0, (high - now_high) * HIGH + (low - now_low))
            part_of[key] = written
        end
    end
    local debt = owed[key]
    if debt > part_of[key] then
        -- The clock was set back.
        debt = kind == 'G' and period or period - unit
    elseif part_of[key] ~= period then
        debt = math.min(math.ceil(debt * period / part_of[key]), period)
    end
    if kind == 'G' then
        debt = math.max(0, debt - unit)
    elseif debt + unit > period then
        return {number, debt + unit - period}
    else
        debt = debt + unit
    end
    owed[key], part_of[key] = debt, period
end

for key, debt in pairs(owed) do
    if debt > 0 then
        local low = now_low + debt
        local carry = math.floor(low / HIGH)
        local value = struct.pack(FORM, now_high + carry, low - carry * HIGH, part_of[key])
        if value ~= found[key] then
            -- A minute longer than it is owed: the clock may be set back.
            local millis = string.format('%.0f', math.ceil(debt / 1000) + 60000)
            redis.call('SET', key, value, 'PX', millis)
        end
    elseif found[key] then
        redis.call('DEL', key)
    end
end
return {0}
