-- Records a poll of each of KEYS, judged by the numbers in ARGV[2]: microseconds in which a poll is a twin and beyond which
-- the clock was set back, 8 bytes each, and seconds that slow_down adds and beyond which it adds none, 4 bytes each.
-- The time, and for each key nil or the row as it was, what the poll is (0 unpaced, 1 accepted, 2 twin, 3 too early), and the
-- told interval.
local twin_high, twin_low, back_high, back_low, step, longest = struct.unpack('>I4I4I4I4I4I4', ARGV[2])

local function record(key)
    local row = redis.call('GET', key)
    if not row then
        return false
    end
    if string.byte(row, 1) ~= 1 or #row < 65 then
        return {row, 0, 0}
    end

    local pace, told, last_high, last_low, due_high, due_low, flags, expires_high, expires_low =
        struct.unpack('>xBI4I4I4I4I4xxxxxxxxxxBxxxxxxxxI4I4', row)
    local is_pending = math.floor(flags / 2) % 2 == 1
    if not is_pending or until_time(expires_high, expires_low) <= 0 then
        return {row, 0, 0}
    end

    local age_high, age_low = now_high - last_high, now_low - last_low
    -- The age minus a duration if the sign is -1, plus it if it is 1. Its sign is exact, as in now.lua.
    local function age(sign, high, low)
        return (age_high + sign * high) * HIGH + (age_low + sign * low)
    end
    if pace == 0 or age(-1, due_high, due_low) >= 0 or age(1, back_high, back_low) < 0 then
        -- Only the bytes of the pace are written, so no poll can undo a decision.
        redis.call('SETRANGE', key, 1, struct.pack('>BI4', 1, told) .. now)
        return {row, 1, told}
    end
    if pace == 1 and age(-1, twin_high, twin_low) < 0 and age(1, twin_high, twin_low) > 0 then
        redis.call('SETRANGE', key, 1, struct.pack('B', 3))
        return {row, 2, told}
    end
    -- The last accepted poll stays the reference: measured from early polls, a client with a little jitter is locked out.
    local raised = math.max(told, math.min(told + step, longest))
    -- A device that ignores the longest interval costs no more writes.
    if raised ~= told then
        redis.call('SETRANGE', key, 2, struct.pack('>I4', raised))
    end
    return {row, 3, raised}
end

local answers = {}
for place, key in ipairs(KEYS) do
    answers[place] = record(key)
end
return {now, answers}
