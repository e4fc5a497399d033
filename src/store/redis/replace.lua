#!lua flags=allow-oom
-- Writes ARGV[2], a row from its revision on, over the revision ARGV[1] of KEYS[1], and keeps the pace.
-- 1: written. 0: there is another revision, or nothing. -1: a layout that this script does not know.
local row = redis.call('GET', KEYS[1])
if not row then
    return 0
end
if string.byte(row, 1) ~= 1 then
    return -1
end
-- The same call again: its reply was lost, and the connection repeats it. It is written once more, for the sake of
-- those who wait until replicas have it.
local is_repeated = string.sub(row, 15, 24) == string.sub(ARGV[2], 1, 10)
if string.sub(row, 15, 22) ~= ARGV[1] and not is_repeated then
    return 0
end
redis.call('SET', KEYS[1], string.sub(row, 1, 14) .. ARGV[2], 'KEEPTTL')
return 1
