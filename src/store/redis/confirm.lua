-- The row of KEYS[1] and the time. The row is written again as it is, because WAIT counts only writes of its own
-- connection: a replica that has this write has all earlier ones.
local row = redis.call('GET', KEYS[1])
if row then
    redis.call('SETRANGE', KEYS[1], 22, string.sub(row, 23, 30))
end
return row and {row, now}
