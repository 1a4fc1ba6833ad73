-- By what people at customers are found again: HMACs of their numbers and addresses, which say nothing without the key.
CREATE TABLE {schema}.personal_marks (
    mark text COLLATE "C",
    subject text COLLATE "C",
    PRIMARY KEY (mark, subject)
);
CREATE INDEX ON {schema}.personal_marks (subject);
CREATE TRIGGER not_of_the_erased BEFORE INSERT OR UPDATE ON {schema}.personal_marks
    FOR EACH ROW EXECUTE FUNCTION {schema}.drop_what_comes_late();
