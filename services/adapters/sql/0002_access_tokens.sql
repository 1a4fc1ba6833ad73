-- Who may come in. The secret itself is never kept.
CREATE TABLE {schema}.access_tokens (
    token_id uuid PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    actor text NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
