-- ?1 clock, ?2 the charges, a JSON list: the key, in how many microseconds one unit becomes available, the period, and 0 to
-- take or 1 to give back.
SELECT charged.refused::bigint, charged.retry_after
FROM (
    SELECT
        COALESCE(array_agg(convert_to(charge ->> 0, 'UTF8') ORDER BY place), '{}') AS keys,
        COALESCE(array_agg((charge ->> 1)::bigint ORDER BY place), '{}') AS units,
        COALESCE(array_agg((charge ->> 2)::bigint ORDER BY place), '{}') AS periods,
        COALESCE(array_agg((charge ->> 3)::smallint ORDER BY place), '{}') AS debits
    FROM jsonb_array_elements(convert_from(?2, 'UTF8')::jsonb) WITH ORDINALITY AS c (charge, place)
) AS c
CROSS JOIN LATERAL device_charge(c.keys, c.units, c.periods, c.debits, ?1) AS charged
