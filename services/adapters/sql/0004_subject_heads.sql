-- How many events there are about each subject, the chain over them, and where they stand; made from the log.
CREATE TABLE {schema}.subject_heads (
    subject text COLLATE "C" PRIMARY KEY,
    count bigint NOT NULL,
    chain bytea NOT NULL
);
CREATE TABLE {schema}.subject_events (
    subject text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (subject, position)
);
CREATE TABLE {schema}.subjects_counted (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    position bigint NOT NULL
);
INSERT INTO {schema}.subjects_counted (position) VALUES (0);
