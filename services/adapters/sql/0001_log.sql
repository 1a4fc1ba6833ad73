-- The log of one organisation. {schema} is its schema; every statement may be run by several processes at once,
-- one after another under the migration's lock.
CREATE TABLE {schema}.stored_events (
    notification_id bigint PRIMARY KEY,
    originator_id text COLLATE "C" NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    recorded_at timestamptz NOT NULL,
    leaf bytea NOT NULL,
    UNIQUE (originator_id, originator_version)
);
ALTER TABLE {schema}.stored_events ALTER COLUMN state SET STORAGE EXTERNAL;

-- One row, under whose lock positions and hours are given: how many events, the tree's frontier, the last hour.
CREATE TABLE {schema}.head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    size bigint NOT NULL,
    recorded_us bigint,
    frontier bytea[] NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {schema}.head (size, frontier) VALUES (0, '{{}}');

-- What was asked, for ever: the same source and id get the same answer.
CREATE TABLE {schema}.requests (
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    outcome text NOT NULL,
    first_position bigint,
    last_position bigint NOT NULL,
    told text NOT NULL,
    PRIMARY KEY (source, id)
);

-- Personal values, outside the record; deleting a key makes its values unreadable for ever.
CREATE TABLE {schema}.subject_keys (
    subject text PRIMARY KEY,
    wrapped bytea NOT NULL
);
CREATE TABLE {schema}.sealed (
    digest text PRIMARY KEY,
    subject text NOT NULL,
    ciphertext bytea NOT NULL
);
CREATE INDEX ON {schema}.sealed (subject);

-- How far each follower says that it has come.
CREATE TABLE {schema}.bookmarks (
    follower text PRIMARY KEY,
    position bigint NOT NULL
);

CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what was recorded is not changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {schema}.stored_events
    FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {schema}.requests
    FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.requests
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_delete BEFORE DELETE ON {schema}.head
    FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.head
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

-- Appends a group of requests in one transaction, each wholly or not at all. Arrays are parallel; *_of names the
-- request (from 1) that an element belongs to, in rising order. Answers a row a request, in order; status:
-- 0 written, 1 answered before, 2 answered before with other content, 3 a stream has moved, 4 a probe: none has.
CREATE FUNCTION {schema}.append_group(
    sources text[], ids text[], fingerprints bytea[], outcomes text[], tolds text[], decided bigint[], probes boolean[],
    stand_of int[], stand_stream text[], stand_version bigint[],
    event_of int[], event_stream text[], event_version bigint[], event_topic text[], event_state bytea[], event_ids uuid[],
    sealed_of int[], sealed_digest text[], sealed_subject text[], sealed_ciphertext bytea[]
) RETURNS TABLE (status int, first_position bigint, last_position bigint, outcome text, told text)
LANGUAGE plpgsql AS $$
DECLARE
    n constant int := coalesce(array_length(decided, 1), 0);
    was int[] := array_fill(0, ARRAY[n]);
    firsts bigint[] := array_fill(NULL::bigint, ARRAY[n]);
    lasts bigint[] := array_fill(NULL::bigint, ARRAY[n]);
    position bigint;
    hour bigint;
    grown bytea[];
    depth int;
    leaf bytea;
    trail bigint;
    of_request int;
    written int[] := '{{}}';
    positions bigint[] := '{{}}';
    hours bigint[] := '{{}}';
    leaves bytea[] := '{{}}';
    k int := 0;
    found record;
BEGIN
    SELECT h.size, coalesce(h.recorded_us, 0), h.frontier INTO STRICT position, hour, grown FROM {schema}.head h FOR UPDATE;
    depth := coalesce(array_length(grown, 1), 0);

    FOR found IN
        SELECT q.i::int AS i, r.fingerprint, r.outcome, r.first_position, r.last_position, r.told
        FROM unnest(sources, ids) WITH ORDINALITY AS q (source, id, i)
        JOIN {schema}.requests r ON r.source = q.source AND r.id = q.id
    LOOP
        was[found.i] := CASE WHEN found.fingerprint = fingerprints[found.i] THEN 1 ELSE 2 END;
        firsts[found.i] := found.first_position;
        lasts[found.i] := found.last_position;
        outcomes[found.i] := found.outcome;
        tolds[found.i] := found.told;
    END LOOP;
    IF array_position(sources, NULL) IS NOT NULL THEN
        FOR found IN
            SELECT w.request, min(e.notification_id) AS first, max(e.notification_id) AS last
            FROM unnest(event_of, event_ids) AS w (request, event_id)
            JOIN {schema}.stored_events e USING (event_id)
            WHERE sources[w.request] IS NULL
            GROUP BY w.request
        LOOP
            was[found.request] := 1;
            firsts[found.request] := found.first;
            lasts[found.request] := found.last;
        END LOOP;
    END IF;
    FOR found IN
        SELECT DISTINCT s.request
        FROM unnest(stand_of, stand_stream, stand_version) AS s (request, stream, version)
        WHERE s.version <> coalesce((
            SELECT e.originator_version FROM {schema}.stored_events e
            WHERE e.originator_id = s.stream ORDER BY e.originator_version DESC LIMIT 1
        ), 0)
    LOOP
        IF was[found.request] = 0 THEN
            was[found.request] := 3;
        END IF;
    END LOOP;

    FOR i IN 1 .. n LOOP
        IF was[i] = 0 THEN
            IF probes[i] THEN
                was[i] := 4;
            ELSE
                lasts[i] := position;
            END IF;
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(array_length(event_of, 1), 0) LOOP
        of_request := event_of[i];
        CONTINUE WHEN was[of_request] <> 0;
        hour := greatest(hour, decided[of_request]);
        leaf := sha256('\x00'::bytea || int8send(position + 1) || int8send(hour) || event_state[i]);
        k := k + 1;
        written[k] := i;
        positions[k] := position + 1;
        hours[k] := hour;
        leaves[k] := leaf;
        trail := position;
        WHILE trail & 1 = 1 LOOP
            leaf := sha256('\x01'::bytea || grown[depth] || leaf);
            depth := depth - 1;
            trail := trail >> 1;
        END LOOP;
        depth := depth + 1;
        grown[depth] := leaf;
        position := position + 1;
        firsts[of_request] := coalesce(firsts[of_request], position);
        lasts[of_request] := position;
    END LOOP;

    IF k > 0 THEN
        INSERT INTO {schema}.stored_events
        SELECT w.position, event_stream[w.i], event_version[w.i], event_topic[w.i], event_state[w.i], event_ids[w.i],
            'epoch'::timestamptz + w.hour * interval '1 microsecond', w.leaf
        FROM unnest(written, positions, hours, leaves) AS w (i, position, hour, leaf);
        UPDATE {schema}.head SET size = position, recorded_us = hour, frontier = grown[1:depth];
        PERFORM pg_notify({channel}, position::text);
    END IF;
    INSERT INTO {schema}.requests
    SELECT q.source, q.id, q.fingerprint, q.outcome, firsts[q.i], lasts[q.i], q.told
    FROM unnest(sources, ids, fingerprints, outcomes, tolds) WITH ORDINALITY AS q (source, id, fingerprint, outcome, told, i)
    WHERE q.source IS NOT NULL AND was[q.i] = 0;
    IF sealed_of <> '{{}}' THEN
        INSERT INTO {schema}.sealed
        SELECT s.digest, s.subject, s.ciphertext
        FROM unnest(sealed_of, sealed_digest, sealed_subject, sealed_ciphertext) AS s (request, digest, subject, ciphertext)
        WHERE was[s.request] = 0;
    END IF;
    RETURN QUERY SELECT * FROM unnest(was, firsts, lasts, outcomes, tolds);
END $$;

-- The last position recorded at or before an hour: positions are dense and hours never decrease, so halve and look.
CREATE FUNCTION {schema}.position_at(hour timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
BEGIN
    SELECT coalesce(max(notification_id), 0) INTO high FROM {schema}.stored_events;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT recorded_at FROM {schema}.stored_events WHERE notification_id = middle) <= hour THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;
