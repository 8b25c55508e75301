-- What version 2 adds to tables of version 1 on MySQL; to be run once, before the new version starts.

-- which attempt at its item a run was; rows without it are first attempts
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN attempt INTEGER NULL;
