-- How people come in: accounts with the hash of a password, sessions without their secret, and tries that failed.
CREATE TABLE {schema}.accounts (
    name text COLLATE "C" PRIMARY KEY,
    actor text NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    demo boolean NOT NULL,
    password text,
    CHECK (demo = (password IS NULL))
);
CREATE TABLE {schema}.sessions (
    session_id uuid PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    by text COLLATE "C" NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_by ON {schema}.sessions (by);
CREATE INDEX sessions_expires ON {schema}.sessions (expires_at);
CREATE TABLE {schema}.sign_in_tries (
    key bytea PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz,
    locked_until timestamptz
);
