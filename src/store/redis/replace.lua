-- Writes over the revision ARGV[2] of KEYS[1], and keeps what replacements do not change. ARGV[3] is the new revision
-- and the call, ARGV[4] the flags, ARGV[5] the time from which on the row may be forgotten, and ARGV[6] all from the
-- subject on. ARGV[7] is the time to which the user code is known to be taken, and the row to be in its indexes; ARGV[8] is
-- empty if there are none.
-- 1: written. 0: there is another revision, or nothing. -1: a layout that this script does not know. A row and the time: its
-- user code has to be taken for longer, or it has to be in its indexes, before anything is written.
local row = redis.call('GET', KEYS[1])
if not row then
    return 0
end
if string.byte(row, 1) ~= 1 or #row < 65 then
    return -1
end
-- The same call again: its reply was lost, and the connection repeats it. It is written once more, for the sake of
-- those who wait until replicas have it.
if string.sub(row, 23, 30) ~= ARGV[2] and string.sub(row, 23, 32) ~= ARGV[3] then
    return 0
end

local flags, old_high, old_low, issuer, client = struct.unpack('>BxxxxxxxxxxxxxxxxI4I4I4I4', row, 33)
local has_code = flags % 2
local high, low = struct.unpack('>I4I4', ARGV[5])
local longer = (high - old_high) * HIGH + (low - old_low)
local is_new_subject = math.floor(string.byte(ARGV[4]) / 4) % 2 == 1 and math.floor(flags / 4) % 2 == 0
local is_prepared = ARGV[7] == ARGV[5]
if not is_prepared and ((has_code == 1 and longer > 0) or (ARGV[8] ~= '' and (longer > 0 or is_new_subject))) then
    return {row, now}
end

local kept = string.sub(row, 58, 65 + 16 * has_code + issuer + client)
local head = string.sub(row, 1, 22) .. ARGV[3] .. struct.pack('B', has_code + string.byte(ARGV[4]))
local next = head .. string.sub(row, 34, 49) .. ARGV[5] .. kept .. ARGV[6]
if longer == 0 then
    redis.call('SET', KEYS[1], next, 'KEEPTTL')
else
    redis.call('SET', KEYS[1], next, 'PX', time_to_live(high, low))
end
return 1
