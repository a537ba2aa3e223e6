-- The portal's first schema. Times are microseconds since 1970 UTC unless the name says otherwise;
-- ids are the 16 bytes of a UUID, so that version 7 sorts by time.

CREATE TABLE agents (
    id                BLOB    NOT NULL PRIMARY KEY,
    name              TEXT    NOT NULL,
    built_in          INTEGER NOT NULL,
    token_hash        BLOB    NOT NULL UNIQUE,
    public_key        TEXT    NOT NULL,
    fingerprint       TEXT    NOT NULL,
    version           TEXT    NOT NULL,
    created_us        INTEGER NOT NULL,
    last_heartbeat_us INTEGER
) STRICT;

-- One built-in agent at most.
CREATE UNIQUE INDEX agents_built_in ON agents (built_in) WHERE built_in;

-- One-time enrolments of agents, by the SHA-256 of their token.
CREATE TABLE enrolments (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    expires_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Logins of the operator, by the SHA-256 of their cookie.
CREATE TABLE sessions (
    cookie_hash BLOB    NOT NULL PRIMARY KEY,
    expires_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id             BLOB    NOT NULL PRIMARY KEY,
    group_id       BLOB,
    -- No reader finds it any more; it is being taken away.
    hidden         INTEGER NOT NULL DEFAULT 0,
    agent          BLOB    NOT NULL,
    agent_name     TEXT    NOT NULL,
    server         TEXT    NOT NULL,
    -- What lists are searched by: lower case, without `tcp:`.
    server_key     TEXT    NOT NULL,
    database       TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    plan           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    interruption   TEXT,
    outcome        TEXT,
    cancelling     INTEGER NOT NULL DEFAULT 0,
    created_us     INTEGER NOT NULL,
    started_us     INTEGER,
    settled_us     INTEGER,
    last_seq       INTEGER NOT NULL,
    log_bytes      INTEGER NOT NULL,
    truncated      INTEGER NOT NULL DEFAULT 0,
    findings       TEXT    NOT NULL DEFAULT '[]',
    verdict_code   TEXT,
    verdict_title  TEXT,
    rules_version  INTEGER NOT NULL DEFAULT 0,
    -- Its findings are counted in the patterns.
    counted        INTEGER NOT NULL
) STRICT;

CREATE INDEX runs_agent ON runs (agent, id);
CREATE INDEX runs_live ON runs (id) WHERE state IN ('queued', 'running');
CREATE INDEX runs_group ON runs (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX runs_hidden ON runs (id) WHERE hidden;
-- Whoever walks this one need not look at the runs.
CREATE INDEX runs_server_key ON runs (server_key, id, hidden);
CREATE INDEX runs_outcome ON runs (outcome, id);

-- A run is never leased twice: `run` is unique.
CREATE TABLE leases (
    id     BLOB    NOT NULL PRIMARY KEY,
    run    BLOB    NOT NULL UNIQUE REFERENCES runs (id) ON DELETE CASCADE,
    agent  BLOB    NOT NULL,
    -- Highest contiguous `n` that was acknowledged.
    acked  INTEGER NOT NULL DEFAULT 0,
    -- The agent's last event is stored.
    ended  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE events (
    run        BLOB    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    -- RFC 3339, exactly as it came: a repeated batch is compared with it.
    at         TEXT    NOT NULL,
    elapsed_us INTEGER,
    body       TEXT    NOT NULL,
    lease      BLOB,
    n          INTEGER,
    PRIMARY KEY (run, seq),
    UNIQUE (lease, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_findings (
    run  BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    PRIMARY KEY (run, code)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_findings_code ON run_findings (code, run);

-- Sealed to the run's agent; deleted when the run settles.
CREATE TABLE sealed_secrets (
    run    BLOB NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    sealed TEXT NOT NULL
) STRICT;

-- Files beside a run's log; their bytes are in the data directory, under their hash.
CREATE TABLE artifacts (
    run    BLOB    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    name   TEXT    NOT NULL,
    bytes  INTEGER NOT NULL,
    sha256 BLOB    NOT NULL,
    PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

-- Share links, by the SHA-256 of their token.
CREATE TABLE shares (
    id         BLOB    NOT NULL PRIMARY KEY,
    token_hash BLOB    NOT NULL UNIQUE,
    run        BLOB    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    redact     TEXT    NOT NULL,
    created_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    -- Absent while the run lasts; written in the transaction that settles it.
    last_seq   INTEGER,
    views      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX shares_run ON shares (run, id);
