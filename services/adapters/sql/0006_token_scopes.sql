-- What a token was made for (null: for all that its role may), and about when it was last shown.
ALTER TABLE {schema}.access_tokens ADD COLUMN scopes text[], ADD COLUMN last_used_at timestamptz;
