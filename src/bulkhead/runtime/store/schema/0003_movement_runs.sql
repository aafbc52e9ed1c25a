-- What makes any filter of the table of movements quick: for each run of 16,384 sequences, the rows that have a
-- value. Only whole runs are in here, so every row is written once and at the end; movements from
-- projection_progress.indexed on are looked at one by one. Where the database had movements before this step, its
-- next writer fills these tables. runtime/projections/facets.py says what the bytes mean.

CREATE TABLE facet_run (
    institution smallint NOT NULL,
    run integer NOT NULL,       -- first sequence / 16,384
    facet smallint NOT NULL,
    value integer NOT NULL,
    members bytea NOT NULL,     -- offsets in the run, sorted, or a bit each where that is shorter
    PRIMARY KEY (institution, run, facet, value)
);
ALTER TABLE facet_run ALTER COLUMN members SET STORAGE PLAIN;

-- Values that few movements of the run have, many to a row, sorted: names, and all amounts.
CREATE TABLE pair_run (
    institution smallint NOT NULL,
    run integer NOT NULL,
    facet smallint NOT NULL,
    last bigint NOT NULL,       -- the largest value in this row
    part smallint NOT NULL,     -- tells rows apart that end with the same value
    pairs bytea NOT NULL,       -- values with their offsets in the run
    PRIMARY KEY (institution, run, facet, last, part)
);
ALTER TABLE pair_run ALTER COLUMN pairs SET STORAGE PLAIN;

ALTER TABLE projection_progress
    ADD COLUMN indexed bigint NOT NULL DEFAULT 0,  -- movements before this one stand in facet_run and pair_run
    ADD COLUMN marked bigint NOT NULL DEFAULT 0;   -- sequence of the last balance mark
UPDATE projection_progress p
    SET marked = (SELECT coalesce(max(sequence), 0) FROM balance b WHERE b.institution = p.institution);

-- Small beside the movements: people are found by name.
CREATE INDEX name_by_name ON name (institution, name);
