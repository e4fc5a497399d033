-- The place of each id is that of a zero in a list of as many. In this order of the tables, so that each is looked up, and locked in
-- the order of the ids.
JSON_TABLE(
    CONCAT('[0', REPEAT(',0', LENGTH(?2) DIV 16 - 1), ']'), '$[*]' COLUMNS (place FOR ORDINALITY)
) AS places
STRAIGHT_JOIN device_grants AS g ON g.id = CAST(SUBSTRING(?2, place * 16 - 15, 16) AS BINARY(16))
