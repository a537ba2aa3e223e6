-- Whether what a run made on the server has not yet been read back as gone.
ALTER TABLE runs ADD COLUMN cleaning INTEGER NOT NULL DEFAULT 0;
