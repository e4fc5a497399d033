CREATE TABLE IF NOT EXISTS users (
    name text PRIMARY KEY,
    -- Argon2id, with its parameters and its salt.
    password text NOT NULL,
    is_locked boolean NOT NULL DEFAULT false
);

CREATE TABLE IF NOT EXISTS sessions (
    -- SHA-256 of what the cookie holds.
    id bytea PRIMARY KEY,
    user_name text NOT NULL REFERENCES users ON DELETE CASCADE,
    ends_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS clients (
    id text PRIMARY KEY,
    name text NOT NULL,
    -- SHA-256 of a secret that was drawn, not chosen. None for public clients.
    secret bytea,
    scope text NOT NULL
);

CREATE TABLE IF NOT EXISTS signing_keys (
    id text PRIMARY KEY,
    -- A server of yours keeps it where nobody can read it.
    secret bytea NOT NULL
);

-- A client that acts for a user. When it ends, so do its tokens.
CREATE TABLE IF NOT EXISTS sign_ins (
    id text PRIMARY KEY,
    client_id text NOT NULL REFERENCES clients ON DELETE CASCADE,
    user_name text NOT NULL REFERENCES users ON DELETE CASCADE,
    scope text NOT NULL,
    -- What the sign-in comes from, such as the grant of a device.
    origin text NOT NULL,
    ends_at timestamptz NOT NULL
);

CREATE INDEX IF NOT EXISTS sign_ins_origin ON sign_ins (origin);

CREATE TABLE IF NOT EXISTS refresh_tokens (
    -- SHA-256 of the token.
    id bytea PRIMARY KEY,
    sign_in text NOT NULL REFERENCES sign_ins ON DELETE CASCADE,
    is_spent boolean NOT NULL DEFAULT false
);
