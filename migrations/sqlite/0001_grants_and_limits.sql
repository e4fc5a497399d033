-- The tables of device-grant, version 1. `Database::migrate` applies this file in one transaction, with the table
-- prefix that is set; another tool may apply it instead, as it is. The database is to be in WAL mode.
-- Times are whole microseconds since the Unix epoch.

CREATE TABLE device_schema (
    version INTEGER PRIMARY KEY,    -- which of these files were applied
    readable_since INTEGER NOT NULL -- the oldest version of the tables whose nodes can go on with these
) STRICT, WITHOUT ROWID;

CREATE TABLE device_grants (
    id BLOB PRIMARY KEY NOT NULL,   -- 16 bytes of a SHA-256 over issuer, client and device code
    user_code BLOB,                 -- 16 bytes of the HMAC-SHA-256 of the user code; null without one
    issuer BLOB NOT NULL,           -- the issuer identifier of the authorization server, as UTF-8
    client_id BLOB NOT NULL,        -- the client that the codes were issued to, as UTF-8
    subject BLOB,                   -- the end user who approved, as UTF-8; null: nobody has
    issued_at INTEGER NOT NULL,     -- when the codes were issued
    expires_at INTEGER NOT NULL,    -- from then on they are expired
    forget_at INTEGER NOT NULL,     -- from then on the row may be deleted
    due_after INTEGER NOT NULL,     -- the microseconds from one accepted poll to the next
    told_interval INTEGER NOT NULL, -- the polling interval in seconds that the client was last told
    last_accepted INTEGER,          -- when a poll was last accepted; null: never
    had_twin INTEGER NOT NULL,      -- 1: an immediate repetition of that poll was let pass
    paced INTEGER NOT NULL,         -- of the latest poll: 1 accepted, 2 twin, 3 slow_down; 0 before the first
    is_pending INTEGER NOT NULL,    -- 1: nobody has decided
    revision INTEGER NOT NULL,      -- random; every change of the grant changes it, and no poll does
    body BLOB NOT NULL              -- everything else, as JSON
) STRICT;

-- Eight bytes tell user codes apart as well as all do, and take less.
CREATE UNIQUE INDEX device_grants_user_code ON device_grants (substr(user_code, 1, 8));
-- By the second, which takes half the bytes of a time.
CREATE INDEX device_grants_forget_at ON device_grants (forget_at / 1000000);

-- To list the grants of an end user or a client.
CREATE INDEX device_grants_subject ON device_grants (subject, issued_at / 1000000) WHERE subject IS NOT NULL;
CREATE INDEX device_grants_client_id ON device_grants (client_id, issued_at / 1000000);

CREATE TABLE device_limits (
    key BLOB PRIMARY KEY NOT NULL, -- what is counted, and a digest that says at which issuer and whose
    owed_until INTEGER NOT NULL,   -- when it will owe nothing any more; the row may be deleted then
    period INTEGER NOT NULL        -- the period, in microseconds, that the debt is a part of
) STRICT, WITHOUT ROWID;

INSERT INTO device_schema (version, readable_since) VALUES (1, 1);
