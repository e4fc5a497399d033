-- The row of KEYS[1] and the time, and the row is written again where it stands: who waits for this write has waited
-- for all before it.
local row = redis.call('GET', KEYS[1])
if row then
    redis.call('SETRANGE', KEYS[1], 22, string.sub(row, 23, 30))
end
return row and {row, now}
