-- By an array, which is made once, and by which the rows are looked up however many the planner expects. It does not see the
-- length within a query: for few ids it would plan each execution anew, which costs more than the look-up.
g.id = ANY (ARRAY (SELECT encode(substr(?2, i, 16), 'hex')::uuid FROM generate_series(1, (SELECT length(?2)), 16) AS i))
