-- The portal's first schema, as in ../sqlite. Times are microseconds since 1970 UTC unless the name says
-- otherwise; ids are version 7 where they sort by time. Text that is searched by its beginning or sorted is
-- compared by bytes.

CREATE TABLE agents (
    id                UUID    NOT NULL PRIMARY KEY,
    name              TEXT    NOT NULL COLLATE "C",
    built_in          BOOLEAN NOT NULL,
    token_hash        BYTEA   NOT NULL UNIQUE,
    public_key        TEXT    NOT NULL,
    fingerprint       TEXT    NOT NULL,
    version           TEXT    NOT NULL,
    created_us        BIGINT  NOT NULL,
    last_heartbeat_us BIGINT
);

-- One built-in agent at most.
CREATE UNIQUE INDEX agents_built_in ON agents (built_in) WHERE built_in;

-- One-time enrolments of agents, by the SHA-256 of their token.
CREATE TABLE enrolments (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    expires_us BIGINT NOT NULL
);

-- Logins of the operator, by the SHA-256 of their cookie.
CREATE TABLE sessions (
    cookie_hash BYTEA  NOT NULL PRIMARY KEY,
    expires_us  BIGINT NOT NULL
);

CREATE TABLE runs (
    id             UUID    NOT NULL PRIMARY KEY,
    group_id       UUID,
    -- No reader finds it any more; it is being taken away.
    hidden         BOOLEAN NOT NULL DEFAULT FALSE,
    agent          UUID    NOT NULL,
    agent_name     TEXT    NOT NULL,
    server         TEXT    NOT NULL,
    -- What lists are searched by: lower case, without `tcp:`.
    server_key     TEXT    NOT NULL COLLATE "C",
    database       TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    plan           TEXT    NOT NULL,
    state          TEXT    NOT NULL COLLATE "C",
    interruption   TEXT,
    outcome        TEXT    COLLATE "C",
    cancelling     BOOLEAN NOT NULL DEFAULT FALSE,
    created_us     BIGINT  NOT NULL,
    started_us     BIGINT,
    settled_us     BIGINT,
    last_seq       BIGINT  NOT NULL,
    log_bytes      BIGINT  NOT NULL,
    truncated      BOOLEAN NOT NULL DEFAULT FALSE,
    findings       TEXT    NOT NULL DEFAULT '[]',
    verdict_code   TEXT,
    verdict_title  TEXT,
    rules_version  BIGINT  NOT NULL DEFAULT 0,
    -- Its findings are counted in the patterns.
    counted        BOOLEAN NOT NULL
-- A live run is written with every batch; with room beside it the indexes need not be.
) WITH (fillfactor = 70);

CREATE INDEX runs_agent ON runs (agent, id);
CREATE INDEX runs_live ON runs (id) WHERE state IN ('queued', 'running');
CREATE INDEX runs_group ON runs (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX runs_hidden ON runs (id) WHERE hidden;
-- Whoever walks this one need not look at the runs.
CREATE INDEX runs_server_key ON runs (server_key, id, hidden);
CREATE INDEX runs_outcome ON runs (outcome, id);

-- A run is never leased twice: `run` is unique.
CREATE TABLE leases (
    id     UUID    NOT NULL PRIMARY KEY,
    run    UUID    NOT NULL UNIQUE REFERENCES runs (id) ON DELETE CASCADE,
    agent  UUID    NOT NULL,
    -- Highest contiguous `n` that was acknowledged.
    acked  BIGINT  NOT NULL DEFAULT 0,
    -- The agent's last event is stored.
    ended  BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE events (
    run        UUID   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    -- RFC 3339, exactly as it came: a repeated batch is compared with it.
    at         TEXT   NOT NULL,
    elapsed_us BIGINT,
    body       TEXT   NOT NULL,
    lease      UUID,
    n          BIGINT,
    PRIMARY KEY (run, seq),
    UNIQUE (lease, n)
);

CREATE TABLE run_findings (
    run  UUID NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    code TEXT NOT NULL COLLATE "C",
    PRIMARY KEY (run, code)
);

CREATE INDEX run_findings_code ON run_findings (code, run);

-- Sealed to the run's agent; deleted when the run settles.
CREATE TABLE sealed_secrets (
    run    UUID NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    sealed TEXT NOT NULL
);

-- Files beside a run's log; their bytes are in the data directory, under their hash.
CREATE TABLE artifacts (
    run    UUID   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    name   TEXT   NOT NULL COLLATE "C",
    bytes  BIGINT NOT NULL,
    sha256 BYTEA  NOT NULL,
    PRIMARY KEY (run, name)
);

-- Share links, by the SHA-256 of their token.
CREATE TABLE shares (
    id         UUID   NOT NULL PRIMARY KEY,
    token_hash BYTEA  NOT NULL UNIQUE,
    run        UUID   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    redact     TEXT   NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    -- Absent while the run lasts; written in the transaction that settles it.
    last_seq   BIGINT,
    views      BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX shares_run ON shares (run, id);
