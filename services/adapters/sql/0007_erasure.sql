-- Whose key was destroyed: none is made for them again, and what comes late for them is not kept.
CREATE TABLE {schema}.erased_subjects (
    subject text COLLATE "C" PRIMARY KEY
);
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {schema}.erased_subjects
    FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.erased_subjects
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

CREATE FUNCTION {schema}.drop_what_comes_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM {schema}.erased_subjects e WHERE e.subject = NEW.subject COLLATE "C") THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_of_the_erased BEFORE INSERT OR UPDATE ON {schema}.sealed
    FOR EACH ROW EXECUTE FUNCTION {schema}.drop_what_comes_late();
CREATE TRIGGER not_of_the_erased BEFORE INSERT OR UPDATE ON {schema}.attachments
    FOR EACH ROW EXECUTE FUNCTION {schema}.drop_what_comes_late();
