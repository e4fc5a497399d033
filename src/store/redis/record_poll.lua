#!lua flags=allow-oom
-- Records a poll of KEYS[1] at ARGV[1] (a time as rows have it), with a clock skew of ARGV[2] (microseconds, 8 bytes),
-- by the holder with client id ARGV[3], key ARGV[4] and PKCE challenge ARGV[5] (empty: none).
-- The row as it was, what the poll is (0 unpaced, 1 accepted, 2 twin, 3 too early), and the told interval.
--
-- Numbers are doubles, exact up to 2^53. So a time is two halves of 32 bits: sums and differences are exact as far as
-- any interval reaches, which is 2^32 s, and the rounding of larger ones turns no comparison.
local SECOND = 1000000
local HIGH = 4294967296

local row = redis.call('GET', KEYS[1])
if not row then
    return false
end
if string.byte(row, 1) ~= 1 then
    return {row, 0, 0}
end

local pace, told, last_high, last_low, flags, expires_high, expires_low, interval =
    struct.unpack('>xBI4I4I4xxxxxxxxxxBxxxxxxxxI4I4xxxxxxxxI4', row)
local now_high, now_low = struct.unpack('>I4I4', ARGV[1])
local skew_high, skew_low = struct.unpack('>I4I4', ARGV[2])

local at = 54
local function field(length)
    at = at + length
    return string.sub(row, at - length, at - 1)
end
local function has(flag)
    return math.floor(flags / flag) % 2 == 1
end
if has(8) then
    field(32)
end
local is_holder = not has(2) or field(32) == ARGV[4]
is_holder = (not has(4) or field(32) == ARGV[5]) and is_holder
is_holder = field(struct.unpack('>I4', field(4))) == ARGV[3] and is_holder

local is_live = now_high < expires_high or now_high == expires_high and now_low < expires_low
if not (has(1) and is_live and is_holder) then
    return {row, 0, 0}
end

local age = (now_high - last_high) * HIGH + (now_low - last_low)
local with_skew = (now_high - last_high + skew_high) * HIGH + (now_low - last_low + skew_low)
local leeway = math.max(interval * SECOND / 10, SECOND / 2)
if pace == 0 or with_skew < -SECOND or with_skew + leeway >= interval * SECOND then
    redis.call('SETRANGE', KEYS[1], 1, struct.pack('>BI4', 1, told) .. ARGV[1])
    return {row, 1, told}
end
if pace == 1 and math.abs(age) < SECOND then
    redis.call('SETRANGE', KEYS[1], 1, struct.pack('B', 3))
    return {row, 2, told}
end
local raised = math.max(told, math.min(told + 5, math.max(60, interval)))
if raised ~= told then
    redis.call('SETRANGE', KEYS[1], 2, struct.pack('>I4', raised))
end
return {row, 3, raised}
