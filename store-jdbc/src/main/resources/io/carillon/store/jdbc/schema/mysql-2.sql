-- What version 2 adds to tables of version 1 on MySQL; to be run once, before the new version starts.

-- which attempt at its item a run was; rows without it are first attempts
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN attempt INTEGER NULL;

-- from where a command came, and room for what it changed
ALTER TABLE CARILLON_AUDIT ADD COLUMN origin VARCHAR(200) NULL,
    MODIFY COLUMN before_state VARCHAR(4000) NULL, MODIFY COLUMN after_state VARCHAR(4000) NULL;
