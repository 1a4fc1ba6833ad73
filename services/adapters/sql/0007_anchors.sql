-- Which checkpoints lie outside, in a place that signs nothing for them (a folder with copies).
CREATE TABLE {schema}.anchors (
    size bigint NOT NULL REFERENCES {schema}.checkpoints,
    place text COLLATE "C" NOT NULL,
    PRIMARY KEY (size, place)
);
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {schema}.anchors
    FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.anchors
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
