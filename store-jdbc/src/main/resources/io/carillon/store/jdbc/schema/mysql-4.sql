-- What version 4 adds to tables of versions 1 to 3 on MySQL; to be run once, before the new version starts.

-- what a run was given (null: not recorded), and by which id its trace is found
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN job_parameter VARCHAR(1000) NULL,
    ADD COLUMN item_parameter VARCHAR(1000) NULL, ADD COLUMN trace_id VARCHAR(128) NULL;
