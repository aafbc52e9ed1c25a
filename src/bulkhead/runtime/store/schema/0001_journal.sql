-- The journal and what stands beside it. Several institutions share these tables, told apart by a number.

CREATE TABLE institution (
    number smallint PRIMARY KEY CHECK (number > 0),
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);

-- One row a commit, never changed. The leaves are the truth; their hashes are kept so that proofs are quick.
CREATE TABLE journal_batch (
    institution smallint NOT NULL REFERENCES institution,
    first_sequence bigint NOT NULL CHECK (first_sequence >= 0),
    leaf_count integer NOT NULL CHECK (leaf_count > 0),
    epoch bigint NOT NULL,        -- the writer's lease
    received_us bigint NOT NULL,  -- wall clock of the writer, UTC microseconds
    payload bytea NOT NULL,       -- zstd of leaf lengths and leaves, see runtime/store/journal_payload.py
    leaf_hashes bytea NOT NULL CHECK (octet_length(leaf_hashes) = 32 * leaf_count),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    row_sha256 bytea NOT NULL CHECK (octet_length(row_sha256) = 32),  -- over all of the above
    PRIMARY KEY (institution, first_sequence)
);
-- Compressed and random bytes do not shrink, and uncompressed values can be read in slices.
ALTER TABLE journal_batch
    ALTER COLUMN payload SET STORAGE EXTERNAL,
    ALTER COLUMN leaf_hashes SET STORAGE EXTERNAL;

-- Roots of complete subtrees at levels 8, 16, 24: enough to prove one leaf without hashing all.
CREATE TABLE journal_node (
    institution smallint NOT NULL REFERENCES institution,
    level smallint NOT NULL CHECK (level > 0 AND level % 8 = 0),
    index bigint NOT NULL CHECK (index >= 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (institution, level, index)
);

-- Signed notes that say which root a journal had at which size.
CREATE TABLE checkpoint (
    institution smallint NOT NULL REFERENCES institution,
    size bigint NOT NULL CHECK (size >= 0),
    note_sha256 bytea NOT NULL,  -- witnesses may add signatures to a note until it is too long for an index
    note text NOT NULL,
    PRIMARY KEY (institution, size, note_sha256)
);

-- How far an input has been read: written in the commit of the rows themselves, so that neither runs ahead.
CREATE TABLE read_progress (
    institution smallint NOT NULL REFERENCES institution,
    input_sha256 bytea NOT NULL CHECK (octet_length(input_sha256) = 32),
    rows_done bigint NOT NULL CHECK (rows_done >= 0),
    first_sequence bigint NOT NULL CHECK (first_sequence >= 0),
    finished boolean NOT NULL,
    PRIMARY KEY (institution, input_sha256)
);

-- Rows that could not become events. Outside the tree, because they may hold personal data and people mend them.
CREATE TABLE quarantine (
    institution smallint NOT NULL REFERENCES institution,
    number bigint GENERATED ALWAYS AS IDENTITY,
    input_sha256 bytea NOT NULL,
    input_name text NOT NULL,
    source text NOT NULL,
    input_row bigint NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    raw bytea NOT NULL,  -- sealed by the vault
    received_us bigint NOT NULL,
    state text NOT NULL DEFAULT 'open',
    corrected bytea,     -- sealed by the vault
    PRIMARY KEY (institution, number)
);
CREATE INDEX quarantine_by_state ON quarantine (institution, state, number);

-- Who did what to a quarantined row, and when.
CREATE TABLE quarantine_change (
    institution smallint NOT NULL,
    number bigint NOT NULL,
    verb text NOT NULL,
    actor text NOT NULL,
    note text NOT NULL,  -- what was changed, why it was dismissed, why a replay failed, which leaf it became
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (institution, number) REFERENCES quarantine
);
CREATE INDEX quarantine_change_by_row ON quarantine_change (institution, number);

-- The right to write, one row an institution. Every journal row carries the epoch it was written under.
CREATE TABLE lease (
    institution smallint PRIMARY KEY REFERENCES institution,
    epoch integer NOT NULL DEFAULT 0,
    holder text,  -- null when nobody holds it
    acquired_at timestamptz,
    heartbeat_at timestamptz
);

-- Personal values behind tokens. Erasure empties both columns; the name stays, so that it is not given again.
CREATE TABLE vault_subject (
    institution smallint NOT NULL REFERENCES institution,
    name text NOT NULL,    -- entity:token, as it stands in the journal
    wrapped_key bytea,     -- the subject's own key, sealed under the master key
    value bytea,           -- sealed under the subject's key
    CHECK ((wrapped_key IS NULL) = (value IS NULL)),
    PRIMARY KEY (institution, name)
);

-- Fingerprints of the keys this database was written with, so that other keys are refused at once.
CREATE TABLE vault_key_check (
    name text PRIMARY KEY,
    fingerprint bytea NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON institution
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON quarantine_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
