-- Carillon's tables for H2 2.2.220 or newer.
--
-- Every statement may be run again; run the whole file to create or to upgrade. A new version adds statements at the end
-- (ALTER TABLE ... ADD COLUMN IF NOT EXISTS), its columns are nullable, and nothing is renamed or dropped, so that
-- instances of two versions can work on the same tables.
--
-- Times are milliseconds since 1970-01-01 UTC; ids are the 16 bytes of a UUID of version 7, in time order.
-- shard_hash is the low 32 bits of the id, as an unsigned number: it spreads cleaning over shards.

-- version 1

CREATE TABLE IF NOT EXISTS CARILLON_MESSAGE (
    id           BINARY(16)               NOT NULL PRIMARY KEY,
    shard_hash   BIGINT                   NOT NULL,
    producer     CHARACTER VARYING(120)   NOT NULL,
    topic        CHARACTER VARYING(120)   NOT NULL,
    tag          CHARACTER VARYING(120)   NOT NULL,
    msg_key      CHARACTER VARYING(200)   NOT NULL,
    content_type CHARACTER VARYING(200)   NOT NULL,
    headers      CHARACTER VARYING(32000) NOT NULL,
    payload      BINARY LARGE OBJECT      NOT NULL,
    delay_ms     BIGINT                   NOT NULL,
    state        SMALLINT                 NOT NULL,
    attempt      INTEGER                  NOT NULL,
    due_at       BIGINT                   NOT NULL,
    owner        CHARACTER VARYING(200),
    last_error   CHARACTER VARYING(1000),
    check_url    CHARACTER VARYING(500),
    sent_at      BIGINT,
    closed_at    BIGINT
);
-- the poller's claim, counts by state; the only index beside the key
CREATE INDEX IF NOT EXISTS CARILLON_MESSAGE_DUE ON CARILLON_MESSAGE (state, due_at, id);

CREATE TABLE IF NOT EXISTS CARILLON_CONFIRMATION (
    message_id   BINARY(16)             NOT NULL,
    group_id     CHARACTER VARYING(120) NOT NULL,
    -- null while it is expected
    confirmed_at BIGINT,
    -- who did without it; null when the group confirmed itself
    waived_by    CHARACTER VARYING(200),
    PRIMARY KEY (message_id, group_id)
);

CREATE TABLE IF NOT EXISTS CARILLON_SUBSCRIPTION (
    topic       CHARACTER VARYING(120) NOT NULL,
    -- a star for all tags
    tag         CHARACTER VARYING(120) NOT NULL,
    group_id    CHARACTER VARYING(120) NOT NULL,
    declared_at BIGINT                 NOT NULL,
    PRIMARY KEY (topic, tag, group_id)
);

CREATE TABLE IF NOT EXISTS CARILLON_INBOX (
    message_id        BINARY(16)             NOT NULL,
    group_id          CHARACTER VARYING(120) NOT NULL,
    producer          CHARACTER VARYING(120) NOT NULL,
    shard_hash        BIGINT                 NOT NULL,
    received_at       BIGINT                 NOT NULL,
    -- null once the confirmation has been sent
    unconfirmed_since BIGINT,
    confirmed_at      BIGINT,
    PRIMARY KEY (message_id, group_id)
);
-- finds the few rows whose confirmation is still to be sent, every second
CREATE INDEX IF NOT EXISTS CARILLON_INBOX_UNCONFIRMED ON CARILLON_INBOX (unconfirmed_since);

CREATE TABLE IF NOT EXISTS CARILLON_JOB_RUN (
    started_at   BIGINT                 NOT NULL,
    id           BINARY(16)             NOT NULL,
    job_name     CHARACTER VARYING(200) NOT NULL,
    item         INTEGER                NOT NULL,
    instance     CHARACTER VARYING(200) NOT NULL,
    fence        BIGINT                 NOT NULL,
    source       CHARACTER VARYING(30)  NOT NULL,
    scheduled_at BIGINT                 NOT NULL,
    ended_at     BIGINT                 NOT NULL,
    outcome      CHARACTER VARYING(30)  NOT NULL,
    handled      BIGINT                 NOT NULL,
    cause        CHARACTER VARYING(16000),
    -- by time first: serves the latest of all jobs and the cleaning by age without an index of its own
    PRIMARY KEY (started_at, id)
);
-- the latest runs of one job
CREATE INDEX IF NOT EXISTS CARILLON_JOB_RUN_JOB ON CARILLON_JOB_RUN (job_name, started_at, id);

CREATE TABLE IF NOT EXISTS CARILLON_TRANSACTION_MARK (
    message_id BINARY(16)            NOT NULL PRIMARY KEY,
    outcome    CHARACTER VARYING(30) NOT NULL
);

-- what people commanded; ids are of version 7, so the key serves the latest and the cleaning by age
CREATE TABLE IF NOT EXISTS CARILLON_AUDIT (
    id           BINARY(16)              NOT NULL PRIMARY KEY,
    at           BIGINT                  NOT NULL,
    who          CHARACTER VARYING(200)  NOT NULL,
    what         CHARACTER VARYING(200)  NOT NULL,
    target       CHARACTER VARYING(1000) NOT NULL,
    before_state CHARACTER VARYING(4000),
    after_state  CHARACTER VARYING(4000),
    reason       CHARACTER VARYING(1000) NOT NULL,
    result       CHARACTER VARYING(1000)
);

-- dedupe keys and the order of keys: only messages that ask for them have rows here

CREATE TABLE IF NOT EXISTS CARILLON_DEDUPLICATION (
    topic      CHARACTER VARYING(120) NOT NULL,
    dedupe_key CHARACTER VARYING(200) NOT NULL,
    message_id BINARY(16) NOT NULL,
    PRIMARY KEY (topic, dedupe_key)
);

-- the last place given to a message of the key; held by a writer until it commits
CREATE TABLE IF NOT EXISTS CARILLON_KEY_SEQUENCE (
    topic    CHARACTER VARYING(120) NOT NULL,
    msg_key  CHARACTER VARYING(200) NOT NULL,
    last_seq BIGINT NOT NULL,
    used_at  BIGINT NOT NULL,
    PRIMARY KEY (topic, msg_key)
);

-- a message whose turn lasts: those of its key with a greater seq wait
CREATE TABLE IF NOT EXISTS CARILLON_KEY_TURN (
    topic      CHARACTER VARYING(120) NOT NULL,
    msg_key    CHARACTER VARYING(200) NOT NULL,
    seq        BIGINT NOT NULL,
    message_id BINARY(16) NOT NULL,
    PRIMARY KEY (topic, msg_key, seq)
);

CREATE INDEX IF NOT EXISTS CARILLON_DEDUPLICATION_AGE ON CARILLON_DEDUPLICATION (message_id);
CREATE INDEX IF NOT EXISTS CARILLON_KEY_SEQUENCE_AGE ON CARILLON_KEY_SEQUENCE (used_at);
CREATE UNIQUE INDEX IF NOT EXISTS CARILLON_KEY_TURN_MESSAGE ON CARILLON_KEY_TURN (message_id);

-- why firings did not run; one row per reason and the time for which it held
CREATE TABLE IF NOT EXISTS CARILLON_JOB_DECISION (
    found_at   BIGINT        NOT NULL,
    id         BINARY(16)    NOT NULL,
    job_name   CHARACTER VARYING(200) NOT NULL,
    -- -1: the whole firing
    item       INTEGER       NOT NULL,
    instance   CHARACTER VARYING(200) NOT NULL,
    reason     CHARACTER VARYING(40) NOT NULL,
    arguments  CHARACTER VARYING(2000) NOT NULL,
    first_due  BIGINT        NOT NULL,
    last_due   BIGINT        NOT NULL,
    firings    BIGINT        NOT NULL,
    held_until BIGINT        NOT NULL,
    -- 1: it holds no more
    ended      SMALLINT      NOT NULL,
    -- by time first, for the cleaning by age
    PRIMARY KEY (found_at, id)
);
-- what is on record of one job
CREATE INDEX IF NOT EXISTS CARILLON_JOB_DECISION_JOB ON CARILLON_JOB_DECISION (job_name, held_until);

-- version 2

-- which attempt at its item a run was; rows without it are first attempts
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS attempt INTEGER;

-- from where a command came, and room for what it changed
ALTER TABLE CARILLON_AUDIT ADD COLUMN IF NOT EXISTS origin CHARACTER VARYING(200);
ALTER TABLE CARILLON_AUDIT ALTER COLUMN before_state SET DATA TYPE CHARACTER VARYING(4000);
ALTER TABLE CARILLON_AUDIT ALTER COLUMN after_state SET DATA TYPE CHARACTER VARYING(4000);

-- received messages that could not be handled, each with its reason; they wait for people
CREATE TABLE IF NOT EXISTS CARILLON_PARKED (
    message_id   BINARY(16) NOT NULL,
    group_id     CHARACTER VARYING(120) NOT NULL,
    producer     CHARACTER VARYING(120) NOT NULL,
    topic        CHARACTER VARYING(120) NOT NULL,
    tag          CHARACTER VARYING(120) NOT NULL,
    msg_key      CHARACTER VARYING(200) NOT NULL,
    content_type CHARACTER VARYING(200) NOT NULL,
    headers      CHARACTER VARYING(32000) NOT NULL,
    payload      BINARY LARGE OBJECT NOT NULL,
    -- how often it was handed over in vain
    deliveries   INTEGER NOT NULL,
    reason       CHARACTER VARYING(1000) NOT NULL,
    parked_at    BIGINT NOT NULL,
    PRIMARY KEY (message_id, group_id)
);

-- version 3

-- the directory: topics, tags, producers, groups, subscriptions, pauses, as services declared and people edited them
CREATE TABLE IF NOT EXISTS CARILLON_DIRECTORY (
    kind        CHARACTER VARYING(20)  NOT NULL,
    name        CHARACTER VARYING(120) NOT NULL,
    topic       CHARACTER VARYING(120) NOT NULL,
    tag         CHARACTER VARYING(120) NOT NULL,
    status      CHARACTER VARYING(20)  NOT NULL,
    detail      CHARACTER VARYING(500) NOT NULL,
    declared_by CHARACTER VARYING(120) NOT NULL,
    declared_at BIGINT NULL,
    -- null when nobody edited it
    changed_by  CHARACTER VARYING(200) NULL,
    changed_at  BIGINT NULL,
    reason      CHARACTER VARYING(500) NULL,
    PRIMARY KEY (kind, name, topic, tag)
);

-- what each release of an application subscribes; CARILLON_SUBSCRIPTION holds what results
CREATE TABLE IF NOT EXISTS CARILLON_DECLARATION (
    group_id    CHARACTER VARYING(120) NOT NULL,
    application CHARACTER VARYING(120) NOT NULL,
    revision    CHARACTER VARYING(60)  NOT NULL,
    topic       CHARACTER VARYING(120) NOT NULL,
    tag         CHARACTER VARYING(120) NOT NULL,
    declared_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, application, revision, topic, tag)
);

-- cleanings that a centre commanded: in a service its own shards, in the centre what each service reported
CREATE TABLE IF NOT EXISTS CARILLON_CLEANING (
    id         BINARY(16) NOT NULL,
    service    CHARACTER VARYING(120) NOT NULL,
    shard      INTEGER NOT NULL,
    shards     INTEGER NOT NULL,
    kind       CHARACTER VARYING(30)  NOT NULL,
    bound_at   BIGINT NOT NULL,
    -- 0 asked, 1 done
    state      SMALLINT NOT NULL,
    deleted    BIGINT NOT NULL,
    rows_left  BIGINT NOT NULL,
    error      CHARACTER VARYING(1000) NULL,
    -- who works at it, and until when it is his
    owner      CHARACTER VARYING(200) NULL,
    leased_to  BIGINT NOT NULL,
    done_at    BIGINT NULL,
    PRIMARY KEY (id, service, shard)
);

-- alarms: what is wrong now; one row per job, cluster or store that is not well
CREATE TABLE IF NOT EXISTS CARILLON_ALARM (
    kind        CHARACTER VARYING(20)   NOT NULL,
    cluster     CHARACTER VARYING(64)   NOT NULL,
    name        CHARACTER VARYING(200)  NOT NULL,
    job_group   CHARACTER VARYING(200)  NOT NULL,
    id          BINARY(16) NOT NULL,
    severity    CHARACTER VARYING(20)   NOT NULL,
    -- one per line: a code and its arguments, between tabs
    symptoms    CHARACTER VARYING(4000) NOT NULL,
    since       BIGINT NOT NULL,
    opened_at   BIGINT,
    clear_since BIGINT,
    -- one per line: a channel, the severity it was told of, and when
    told        CHARACTER VARYING(4000) NOT NULL,
    PRIMARY KEY (kind, cluster, name)
);

-- what was, is or will be said about alarms
CREATE TABLE IF NOT EXISTS CARILLON_ALARM_NOTICE (
    decided_at   BIGINT NOT NULL,
    id           BINARY(16) NOT NULL,
    alarm_id     BINARY(16) NOT NULL,
    channel      CHARACTER VARYING(64)   NOT NULL,
    what         CHARACTER VARYING(20)   NOT NULL,
    kind         CHARACTER VARYING(20)   NOT NULL,
    cluster      CHARACTER VARYING(64)   NOT NULL,
    name         CHARACTER VARYING(200)  NOT NULL,
    severity     CHARACTER VARYING(20)   NOT NULL,
    symptoms     CHARACTER VARYING(4000) NOT NULL,
    since        BIGINT NOT NULL,
    state        CHARACTER VARYING(20)   NOT NULL,
    attempt      INTEGER NOT NULL,
    due_at       BIGINT NOT NULL,
    ended_at     BIGINT,
    failure      CHARACTER VARYING(1000),
    -- by time first: serves the latest and the cleaning by age without an index of its own
    PRIMARY KEY (decided_at, id)
);
-- what is to be sent
CREATE INDEX IF NOT EXISTS CARILLON_ALARM_NOTICE_DUE ON CARILLON_ALARM_NOTICE (state, due_at);

-- whose turn it is to decide about alarms; one row, of id 1
CREATE TABLE IF NOT EXISTS CARILLON_ALARM_TURN (
    id       INTEGER NOT NULL PRIMARY KEY,
    fence    BIGINT NOT NULL,
    node     CHARACTER VARYING(200) NOT NULL,
    until_at BIGINT NOT NULL
);

-- version 4

-- what a run was given (null: not recorded), and by which id its trace is found
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS job_parameter CHARACTER VARYING(1000);
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS item_parameter CHARACTER VARYING(1000);
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS trace_id CHARACTER VARYING(128);
