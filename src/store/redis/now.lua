-- In front of each script that asks for the time. ARGV[1] is empty, and this server's clock tells it; or it is a time
-- as rows have it, and is taken for the time of this server.
--
-- Numbers are doubles, exact up to 2^53. So a time is two halves of 32 bits. The sign of a sum of two of these products
-- is right for all times: each of them is exact, and rounding their sum turns no sign.
local HIGH = 4294967296

local now = ARGV[1]
if now == '' then
    local time = redis.call('TIME')
    local micros = time[1] * 1000000 + time[2]
    now = struct.pack('>I4I4', math.floor(micros / HIGH) + HIGH / 2, micros % HIGH)
end
local now_high, now_low = struct.unpack('>I4I4', now)

-- Microseconds from now until this time.
local function until_time(high, low)
    return (high - now_high) * HIGH + (low - now_low)
end

-- The same as a time to live. Redis forgets nothing before: it is a millisecond longer than needed.
local function time_to_live(high, low)
    return string.format('%.0f', math.max(math.ceil(until_time(high, low) / 1000) + 1, 1))
end
