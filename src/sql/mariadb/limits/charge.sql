-- ?1 clock, ?2 the charges, as the procedure takes them.
CALL device_charge(CONVERT(?2 USING utf8mb4), ?1)
