-- Whether what a run made on the server has not yet been read back as gone.
ALTER TABLE runs ADD COLUMN cleaning BOOLEAN NOT NULL DEFAULT FALSE;
