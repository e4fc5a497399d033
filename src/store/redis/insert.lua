-- Inserts a row under KEYS[1]: ARGV[2] is all before its times, ARGV[3] all behind them, and ARGV[4] its lifetime and
-- its retention in microseconds, 8 bytes each. The time of the insertion, or nil if there is a row.
local function later(high, low, by_high, by_low)
    low = low + by_low
    high = high + by_high + math.floor(low / HIGH)
    if high >= HIGH then
        return HIGH - 1, HIGH - 1
    end
    return high, low % HIGH
end
local life_high, life_low, rest_high, rest_low = struct.unpack('>I4I4I4I4', ARGV[4])
local expires_high, expires_low = later(now_high, now_low, life_high, life_low)
local forget_high, forget_low = later(expires_high, expires_low, rest_high, rest_low)
local times = now .. struct.pack('>I4I4I4I4', expires_high, expires_low, forget_high, forget_low)
local row = ARGV[2] .. times .. ARGV[3]
return redis.call('SET', KEYS[1], row, 'NX', 'PX', time_to_live(forget_high, forget_low)) and now
