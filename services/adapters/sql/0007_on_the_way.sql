-- Who is on the way to the issuer that vouches for them, and back.
CREATE TABLE {schema}.on_the_way (
    digest bytea PRIMARY KEY,
    state text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    next text NOT NULL,
    expires_at timestamptz NOT NULL
);
