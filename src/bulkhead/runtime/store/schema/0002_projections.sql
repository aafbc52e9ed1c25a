-- Projections: what people query. All of it follows from the journal and can be rebuilt; the verifier compares.
-- One row a movement; postings are derived from it. Fixed-width columns, so that rows are copied as they stand.

CREATE TABLE movement (
    institution smallint NOT NULL,
    sequence bigint NOT NULL,           -- its leaf in the journal
    id_key bigint NOT NULL,             -- keyed fingerprint of the movement's id
    event_us bigint NOT NULL,
    effective_us bigint NOT NULL,
    amount_minor bigint NOT NULL,
    debit_posted_minor bigint NOT NULL, -- balances after it
    debit_held_minor bigint NOT NULL,
    credit_posted_minor bigint NOT NULL,
    payer integer NOT NULL,             -- numbers in name; -1 where absent
    payee integer NOT NULL,
    device integer NOT NULL,
    instructed_by integer NOT NULL,
    debit_account integer NOT NULL,
    credit_account integer NOT NULL,
    rule_set integer NOT NULL,
    currency smallint NOT NULL,         -- ISO 4217 numeric
    findings smallint NOT NULL,
    kind smallint NOT NULL,
    phase smallint NOT NULL,
    settled smallint NOT NULL,
    outcome smallint NOT NULL,
    status smallint NOT NULL,
    refusal smallint NOT NULL,
    hits bytea NOT NULL,                -- a bit a rule of the rule set, lowest bit first
    unknowns bytea NOT NULL,            -- likewise, the rules that could not be known
    PRIMARY KEY (institution, sequence)
);

-- Where a movement's id stands. Keys come in random order, so each would cost a page of an index of its own; here
-- they are written sorted, many at a time. Movements from projection_progress.keyed on are not in it yet.
CREATE TABLE movement_key (
    institution smallint NOT NULL,
    id_key bigint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (institution, id_key, sequence)
);

CREATE TABLE name (
    institution smallint NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (institution, number)
);

-- Balance of an account after a sequence; a new row whenever it has changed since the last mark.
CREATE TABLE balance (
    institution smallint NOT NULL,
    account integer NOT NULL,
    sequence bigint NOT NULL,  -- balances include all leaves before this one
    posted_minor bigint NOT NULL,
    held_minor bigint NOT NULL,
    currency smallint NOT NULL,
    account_class smallint NOT NULL,
    PRIMARY KEY (institution, account, sequence)
);

CREATE TABLE event (
    institution smallint NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    body text NOT NULL,        -- canonical JSON
    PRIMARY KEY (institution, sequence)
);

CREATE TABLE projection_progress (
    institution smallint PRIMARY KEY,
    next_sequence bigint NOT NULL,
    names bigint NOT NULL,
    keyed bigint NOT NULL      -- movements before this one stand in movement_key
);
