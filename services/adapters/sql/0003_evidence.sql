-- What proves the log. Tiles and subject heads are made from it, and can be made again; checkpoints and the words of
-- witnesses cannot: nobody changes them.
CREATE TABLE {schema}.tiles (
    level smallint NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, number)
);
ALTER TABLE {schema}.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE {schema}.checkpoints (
    size bigint PRIMARY KEY,
    note text NOT NULL,
    signed_at timestamptz NOT NULL
);
CREATE TABLE {schema}.cosignatures (
    size bigint NOT NULL REFERENCES {schema}.checkpoints,
    line text COLLATE "C" NOT NULL,
    PRIMARY KEY (size, line)
);
CREATE TABLE {schema}.signer (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    heard_at timestamptz NOT NULL,
    key text NOT NULL,
    refusal text
);

CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {schema}.checkpoints
    FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {schema}.cosignatures
    FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
