-- For the managed instance of a link: sealed to the run's agent; deleted when the run settles.
CREATE TABLE sealed_instance_secrets (
    run    BLOB NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    sealed TEXT NOT NULL
) STRICT;
