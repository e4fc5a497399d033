-- By an array, which is made once, and by which the rows are looked up however many the planner expects.
g.id = ANY (ARRAY (SELECT encode(substr(?2, i, 16), 'hex')::uuid FROM generate_series(1, length(?2), 16) AS i))
