-- The tables of device-grant, version 1. `Database::migrate` applies this file in one transaction, with the table
-- prefix that is set; another tool may apply it instead, as it is.
-- Times are whole microseconds since the Unix epoch.

CREATE TABLE device_schema (
    version bigint PRIMARY KEY,
    readable_since bigint NOT NULL
);

COMMENT ON TABLE device_schema IS 'device-grant: its migrations';
COMMENT ON COLUMN device_schema.version IS 'which of its migrations were applied';
COMMENT ON COLUMN device_schema.readable_since IS
    'the oldest version of the tables whose nodes can go on with these';

-- Polls change no indexed column. The free space lets them change the row in its page, without a new index entry.
-- The columns stand in the order of their alignment, so that nothing is lost between them.
CREATE TABLE device_grants (
    id uuid PRIMARY KEY,
    user_code uuid UNIQUE,
    revision bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    forget_at bigint NOT NULL,
    last_accepted bigint,
    due_after integer NOT NULL,
    told_interval integer NOT NULL,
    paced smallint NOT NULL,
    is_pending boolean NOT NULL,
    had_twin boolean NOT NULL,
    issuer bytea NOT NULL,
    client_id bytea NOT NULL,
    subject bytea,
    body bytea NOT NULL
) WITH (fillfactor = 92);

-- By the second: PostgreSQL keeps a key that many rows share once, so that each of them takes a few bytes.
CREATE INDEX device_grants_forget_at ON device_grants ((forget_at / 1000000));

-- To list the grants of an end user or a client at an issuer. A piece of a digest, because text of any length has to fit into
-- few bytes.
CREATE INDEX device_grants_subject ON device_grants (substr(sha256(issuer || subject), 1, 4), (issued_at / 1000000))
    WHERE subject IS NOT NULL;
CREATE INDEX device_grants_client_id ON device_grants (substr(sha256(issuer || client_id), 1, 4), (issued_at / 1000000));

COMMENT ON TABLE device_grants IS 'device-grant: one row for each device authorization grant';
COMMENT ON COLUMN device_grants.id IS '16 bytes of a SHA-256 over issuer, client and device code';
COMMENT ON COLUMN device_grants.revision IS 'random; every change of the grant changes it, and no poll does';
COMMENT ON COLUMN device_grants.issued_at IS 'when the codes were issued, by the clock of this server, as all times';
COMMENT ON COLUMN device_grants.expires_at IS 'from then on they are expired';
COMMENT ON COLUMN device_grants.forget_at IS 'from then on the row may be deleted';
COMMENT ON COLUMN device_grants.due_after IS 'the microseconds from one accepted poll to the next';
COMMENT ON COLUMN device_grants.last_accepted IS 'when a poll was last accepted; null: never';
COMMENT ON COLUMN device_grants.told_interval IS 'the polling interval in seconds that the client was last told';
COMMENT ON COLUMN device_grants.paced IS 'of the latest poll: 1 accepted, 2 twin, 3 slow_down; 0 not paced, or none yet';
COMMENT ON COLUMN device_grants.is_pending IS 'nobody has decided';
COMMENT ON COLUMN device_grants.had_twin IS 'an immediate repetition of the last accepted poll was let pass';
COMMENT ON COLUMN device_grants.user_code IS '16 bytes of the HMAC-SHA-256 of the user code; null without one';
COMMENT ON COLUMN device_grants.issuer IS 'the issuer identifier of the authorization server, as UTF-8';
COMMENT ON COLUMN device_grants.client_id IS 'the client that the codes were issued to, as UTF-8';
COMMENT ON COLUMN device_grants.subject IS 'the end user who approved, as UTF-8; null: nobody has';
COMMENT ON COLUMN device_grants.body IS 'everything else, as JSON';

CREATE TABLE device_limits (
    owed_until bigint NOT NULL,
    period bigint NOT NULL,
    key bytea PRIMARY KEY
) WITH (fillfactor = 70);

COMMENT ON TABLE device_limits IS 'device-grant: what has been used of the limits';
COMMENT ON COLUMN device_limits.key IS 'what is counted, and a digest that says at which issuer and whose';
COMMENT ON COLUMN device_limits.owed_until IS 'when it will owe nothing any more; the row may be deleted then';
COMMENT ON COLUMN device_limits.period IS 'the period, in microseconds, that the debt is a part of';

-- Charges all keys or none. A function, because each of its statements sees what was committed before it: a single
-- statement that has to wait for a row does not see the other rows as they are by then.
--
-- The arithmetic is that of `Quota::debit`. For each charge, in microseconds: in which time one unit becomes available,
-- and the period; and how it is charged: 0 take, 1 give back. The time is the server's, unless a test passes one.
CREATE FUNCTION device_charge(
    keys bytea[],
    units bigint[],
    periods bigint[],
    debits smallint[],
    at bigint,
    OUT refused integer,
    OUT retry_after bigint
)
LANGUAGE plpgsql
AS $$
DECLARE
    -- The row of a key that is new, until it is charged.
    nothing CONSTANT bigint := -9223372036854775808;
    taken CONSTANT bytea[] := ARRAY(SELECT DISTINCT k FROM unnest(keys, debits) AS c (k, d) WHERE d = 0 ORDER BY k);
    locked bigint;
    now bigint;
    slot integer;
    debt bigint;
    debt_period bigint;
    debts bigint[];
    debt_periods bigint[];
BEGIN
    -- What is lost in a crash of the server are the last charges before it.
    PERFORM set_config('synchronous_commit', 'off', true);
    -- First without locks: a charge that is refused writes nothing, and waits for nobody. Then for good.
    FOR is_for_good IN 0 .. 1 LOOP
        IF is_for_good = 1 THEN
            -- In the order of the keys, so that nobody waits for one who waits for them. Again, if one was purged in
            -- between.
            LOOP
                INSERT INTO device_limits (owed_until, period, key)
                    SELECT nothing, 1, k FROM unnest(taken) AS k ORDER BY k
                    ON CONFLICT DO NOTHING;
                SELECT count(*) INTO locked
                    FROM (SELECT l.key FROM device_limits AS l WHERE l.key = ANY (keys) ORDER BY l.key FOR UPDATE) AS l
                    WHERE l.key = ANY (taken);
                EXIT WHEN locked = cardinality(taken);
            END LOOP;
        END IF;
        -- Not before the rows are locked: it would be earlier than that of whoever had them.
        now := COALESCE(at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
        debts := NULL;
        debt_periods := NULL;
        FOR i IN 1 .. cardinality(keys) LOOP
            -- The same key may be charged twice in one call.
            slot := array_position(keys, keys[i]);
            debt := debts[slot];
            debt_period := debt_periods[slot];
            IF debt IS NULL THEN
                SELECT GREATEST(l.owed_until, now) - now, l.period INTO debt, debt_period
                    FROM device_limits AS l WHERE l.key = keys[i];
            END IF;
            IF debt IS NULL THEN
                debt := 0;
            ELSIF debt > debt_period THEN
                -- The clock was set back.
                debt := CASE debits[i] WHEN 1 THEN periods[i] ELSE periods[i] - units[i] END;
            ELSIF debt_period <> periods[i] THEN
                debt := LEAST(
                    ceil(debt::double precision * periods[i]::double precision / debt_period::double precision),
                    periods[i]
                );
            END IF;
            IF debits[i] = 1 THEN
                debt := GREATEST(debt - units[i], 0);
            ELSIF debt + units[i] > periods[i] THEN
                refused := i - 1;
                retry_after := debt + units[i] - periods[i];
                IF is_for_good = 1 THEN
                    DELETE FROM device_limits AS l WHERE l.key = ANY (taken) AND l.owed_until = nothing;
                END IF;
                RETURN;
            ELSE
                debt := debt + units[i];
            END IF;
            debts[slot] := debt;
            debt_periods[slot] := periods[i];
        END LOOP;
    END LOOP;
    -- One who owes nothing is as one who never was: a clock set back does not make a debt of it.
    IF 0 = ANY (debts) THEN
        DELETE FROM device_limits AS l WHERE l.key = ANY (keys) AND debts[array_position(keys, l.key)] = 0;
    END IF;
    UPDATE device_limits AS l
        SET owed_until = now + debts[array_position(keys, l.key)], period = debt_periods[array_position(keys, l.key)]
        WHERE l.key = ANY (keys);
END
$$;

COMMENT ON FUNCTION device_charge IS 'device-grant: charges all keys or none; which one refused, and for how many microseconds';

INSERT INTO device_schema (version, readable_since) VALUES (1, 1);
