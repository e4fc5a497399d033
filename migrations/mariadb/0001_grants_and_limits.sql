-- The tables of device-grant, version 1. `Database::migrate` applies this file, with the table prefix that is set; another
-- tool may apply it instead, as it is, if it knows DELIMITER as the command `mariadb` does.
-- Times are whole microseconds since the Unix epoch.

CREATE TABLE device_schema (
    version BIGINT PRIMARY KEY COMMENT 'which of its migrations were applied',
    readable_since BIGINT NOT NULL COMMENT 'the oldest version of the tables whose nodes can go on with these'
) ENGINE = InnoDB COMMENT = 'device-grant: its migrations';

-- Text is kept as bytes: no character set, no collation and no padding has a say in which of them are equal.
CREATE TABLE device_grants (
    id BINARY(16) NOT NULL PRIMARY KEY COMMENT '16 bytes of a SHA-256 over issuer, client and device code',
    revision BIGINT NOT NULL COMMENT 'random; every change of the grant changes it, and no poll does',
    issued_at BIGINT NOT NULL COMMENT 'when the codes were issued, by the clock of this server, as all times',
    expires_at BIGINT NOT NULL COMMENT 'from then on they are expired',
    forget_at BIGINT NOT NULL COMMENT 'from then on the row may be deleted',
    last_accepted BIGINT COMMENT 'when a poll was last accepted; null: never',
    due_after BIGINT NOT NULL COMMENT 'the microseconds from one accepted poll to the next',
    told_interval INTEGER NOT NULL COMMENT 'the polling interval in seconds that the client was last told',
    paced TINYINT NOT NULL COMMENT 'of the latest poll: 1 accepted, 2 twin, 3 slow_down; 0 not paced, or none yet',
    is_pending TINYINT NOT NULL COMMENT '1: nobody has decided',
    had_twin TINYINT NOT NULL COMMENT '1: an immediate repetition of the last accepted poll was let pass',
    user_code BINARY(16) COMMENT '16 bytes of the HMAC-SHA-256 of the user code; null without one',
    issuer BLOB NOT NULL COMMENT 'the issuer identifier of the authorization server, as UTF-8',
    client_id BLOB NOT NULL COMMENT 'the client that the codes were issued to, as UTF-8',
    subject BLOB COMMENT 'the end user who approved, as UTF-8; null: nobody has',
    body MEDIUMBLOB NOT NULL COMMENT 'everything else, as JSON',
    -- To list the grants of an end user or a client at an issuer: text of any length in few bytes.
    client_id_key INTEGER UNSIGNED AS (CRC32(CONCAT(issuer, client_id))) PERSISTENT COMMENT 'for the index',
    subject_key INTEGER UNSIGNED AS (CRC32(CONCAT(issuer, subject))) PERSISTENT COMMENT 'for the index',
    -- Eight bytes tell user codes apart as well as all do, and take less.
    UNIQUE KEY user_code (user_code(8)),
    KEY device_grants_forget_at (forget_at),
    KEY device_grants_client_id (client_id_key, issued_at, id),
    KEY device_grants_subject (subject_key, issued_at, id)
) ENGINE = InnoDB COMMENT = 'device-grant: one row for each device authorization grant';

CREATE TABLE device_limits (
    `key` VARBINARY(64) NOT NULL PRIMARY KEY COMMENT 'what is counted, and a digest that says at which issuer and whose',
    owed_until BIGINT NOT NULL COMMENT 'when it will owe nothing any more; the row may be deleted then',
    period BIGINT NOT NULL COMMENT 'the period, in microseconds, that the debt is a part of',
    KEY device_limits_owed_until (owed_until)
) ENGINE = InnoDB COMMENT = 'device-grant: what has been used of the limits';

-- Charges all keys or none, and returns the index of the charge that was refused and the microseconds until it would be
-- allowed. `charges` is a JSON list: the key, in how many microseconds one unit becomes available, the period, and 0 to take
-- or 1 to give back. The arithmetic is that of `Quota::debit`. The time is the server's, unless a test passes one.
DELIMITER //
CREATE PROCEDURE device_charge(IN charges LONGTEXT CHARACTER SET utf8mb4, IN at BIGINT)
    MODIFIES SQL DATA
    SQL SECURITY INVOKER
    COMMENT 'device-grant: charges all keys or none; which one refused, and for how many microseconds'
BEGIN
    DECLARE number, size, is_for_good INTEGER DEFAULT 0;
    DECLARE name VARBINARY(64);
    DECLARE place VARCHAR(80) CHARACTER SET utf8mb4;
    DECLARE unit, whole, debit, now, debt, debt_period, refused, retry_after BIGINT;
    -- What each key owes in the end, and of which period: a JSON object of lists.
    DECLARE debts LONGTEXT CHARACTER SET utf8mb4;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;
    SET size = JSON_LENGTH(charges);
    -- First without locks: a charge that is refused writes nothing, and waits for nobody. Then for good.
    judging: WHILE is_for_good <= 1 AND refused IS NULL DO
        IF is_for_good = 1 THEN
            START TRANSACTION;
            -- In the order of the keys, so that nobody waits for one who waits for them. Who is refused takes the new rows
            -- back.
            INSERT INTO device_limits (`key`, owed_until, period)
                SELECT DISTINCT c.name, -9223372036854775808, 1
                FROM JSON_TABLE(charges, '$[*]' COLUMNS (name VARCHAR(64) PATH '$[0]', debit INTEGER PATH '$[3]')) AS c
                WHERE c.debit = 0
                ORDER BY c.name
                ON DUPLICATE KEY UPDATE period = device_limits.period;
            SELECT COUNT(*) INTO number FROM (
                SELECT l.period
                FROM device_limits AS l
                WHERE l.`key` IN (
                    SELECT CAST(c.name AS BINARY)
                    FROM JSON_TABLE(charges, '$[*]' COLUMNS (name VARCHAR(64) PATH '$[0]')) AS c
                )
                ORDER BY l.`key`
                FOR UPDATE
            ) AS locked;
        END IF;
        -- Not before the rows are locked: it would be earlier than that of whoever had them.
        SET now = COALESCE(at, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)));
        SET debts = '{}', number = 0;
        WHILE number < size DO
            SET place = CONCAT('$[', number, ']');
            SET name = JSON_VALUE(charges, CONCAT(place, '[0]')),
                unit = JSON_VALUE(charges, CONCAT(place, '[1]')),
                whole = JSON_VALUE(charges, CONCAT(place, '[2]')),
                debit = JSON_VALUE(charges, CONCAT(place, '[3]'));
            SET place = CONCAT('$."', CONVERT(name USING utf8mb4), '"');
            -- The same key may be charged twice in one call.
            SET debt = JSON_VALUE(debts, CONCAT(place, '[0]')),
                debt_period = JSON_VALUE(debts, CONCAT(place, '[1]'));
            IF debt IS NULL THEN
                SET debt = (
                    SELECT GREATEST(l.owed_until, now) - now FROM device_limits AS l WHERE l.`key` = name
                );
                SET debt_period = (SELECT l.period FROM device_limits AS l WHERE l.`key` = name);
            END IF;
            IF debt IS NULL OR debt_period IS NULL THEN
                SET debt = 0;
            ELSEIF debt > debt_period THEN
                -- The clock was set back.
                SET debt = IF(debit = 1, whole, whole - unit);
            ELSEIF debt_period <> whole THEN
                SET debt = LEAST(CEILING(CAST(debt AS DOUBLE) * CAST(whole AS DOUBLE) / CAST(debt_period AS DOUBLE)), whole);
            END IF;
            IF debit = 1 THEN
                SET debt = GREATEST(debt - unit, 0);
            ELSEIF debt + unit > whole THEN
                SET refused = number, retry_after = debt + unit - whole;
                LEAVE judging;
            ELSE
                SET debt = debt + unit;
            END IF;
            SET debts = JSON_SET(debts, place, JSON_ARRAY(debt, whole));
            SET number = number + 1;
        END WHILE;
        SET is_for_good = is_for_good + 1;
    END WHILE;
    IF refused IS NULL THEN
        -- One who owes nothing is as one who never was: a clock set back does not make a debt of it.
        SET number = 0;
        WHILE number < size DO
            SET name = JSON_VALUE(charges, CONCAT('$[', number, '][0]'));
            SET place = CONCAT('$."', CONVERT(name USING utf8mb4), '"');
            SET debt = JSON_VALUE(debts, CONCAT(place, '[0]')),
                debt_period = JSON_VALUE(debts, CONCAT(place, '[1]'));
            IF debt = 0 THEN
                DELETE FROM device_limits WHERE `key` = name;
            ELSE
                UPDATE device_limits SET owed_until = now + debt, period = debt_period WHERE `key` = name;
            END IF;
            SET number = number + 1;
        END WHILE;
        COMMIT;
    ELSE
        ROLLBACK;
    END IF;
    SELECT refused, retry_after;
END //
DELIMITER ;

INSERT INTO device_schema (version, readable_since) VALUES (1, 1);
