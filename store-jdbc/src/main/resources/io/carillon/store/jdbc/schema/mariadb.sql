-- Carillon's tables for MariaDB 10.6 or newer.
--
-- Every statement may be run again; run the whole file to create or to upgrade. A new version adds statements at the end
-- (ALTER TABLE ... ADD COLUMN IF NOT EXISTS), its columns are nullable, and nothing is renamed or dropped, so that
-- instances of two versions can work on the same tables.
--
-- Times are milliseconds since 1970-01-01 UTC; ids are the 16 bytes of a UUID of version 7, in time order.
-- shard_hash is the low 32 bits of the id, as an unsigned number: it spreads cleaning over shards.
-- Names are compared exactly (binary, no padding), as the other databases do.

-- version 1

CREATE TABLE IF NOT EXISTS CARILLON_MESSAGE (
    id           BINARY(16)    NOT NULL PRIMARY KEY,
    shard_hash   BIGINT        NOT NULL,
    producer     VARCHAR(120)  NOT NULL,
    topic        VARCHAR(120)  NOT NULL,
    tag          VARCHAR(120)  NOT NULL,
    msg_key      VARCHAR(200)  NOT NULL,
    content_type VARCHAR(200)  NOT NULL,
    headers      TEXT          NOT NULL,
    payload      LONGBLOB      NOT NULL,
    delay_ms     BIGINT        NOT NULL,
    state        SMALLINT      NOT NULL,
    attempt      INTEGER       NOT NULL,
    due_at       BIGINT        NOT NULL,
    owner        VARCHAR(200)  NULL,
    last_error   VARCHAR(1000) NULL,
    check_url    VARCHAR(500)  NULL,
    sent_at      BIGINT        NULL,
    closed_at    BIGINT        NULL,
    -- the poller's claim, counts by state; the only index beside the key (which InnoDB appends to it)
    INDEX CARILLON_MESSAGE_DUE (state, due_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS CARILLON_CONFIRMATION (
    message_id   BINARY(16)   NOT NULL,
    group_id     VARCHAR(120) NOT NULL,
    -- null while it is expected
    confirmed_at BIGINT       NULL,
    -- who did without it; null when the group confirmed itself
    waived_by    VARCHAR(200) NULL,
    PRIMARY KEY (message_id, group_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS CARILLON_SUBSCRIPTION (
    topic       VARCHAR(120) NOT NULL,
    -- a star for all tags
    tag         VARCHAR(120) NOT NULL,
    group_id    VARCHAR(120) NOT NULL,
    declared_at BIGINT       NOT NULL,
    PRIMARY KEY (topic, tag, group_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS CARILLON_INBOX (
    message_id        BINARY(16)   NOT NULL,
    group_id          VARCHAR(120) NOT NULL,
    producer          VARCHAR(120) NOT NULL,
    shard_hash        BIGINT       NOT NULL,
    received_at       BIGINT       NOT NULL,
    -- null once the confirmation has been sent
    unconfirmed_since BIGINT       NULL,
    confirmed_at      BIGINT       NULL,
    PRIMARY KEY (message_id, group_id),
    -- finds the few rows whose confirmation is still to be sent, every second
    INDEX CARILLON_INBOX_UNCONFIRMED (unconfirmed_since)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS CARILLON_JOB_RUN (
    started_at   BIGINT       NOT NULL,
    id           BINARY(16)   NOT NULL,
    job_name     VARCHAR(200) NOT NULL,
    item         INTEGER      NOT NULL,
    instance     VARCHAR(200) NOT NULL,
    fence        BIGINT       NOT NULL,
    source       VARCHAR(30)  NOT NULL,
    scheduled_at BIGINT       NOT NULL,
    ended_at     BIGINT       NOT NULL,
    outcome      VARCHAR(30)  NOT NULL,
    handled      BIGINT       NOT NULL,
    cause        MEDIUMTEXT   NULL,
    -- by time first: serves the latest of all jobs and the cleaning by age without an index of its own
    PRIMARY KEY (started_at, id),
    -- the latest runs of one job
    INDEX CARILLON_JOB_RUN_JOB (job_name, started_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS CARILLON_TRANSACTION_MARK (
    message_id BINARY(16)  NOT NULL PRIMARY KEY,
    outcome    VARCHAR(30) NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- what people commanded; ids are of version 7, so the key serves the latest and the cleaning by age
CREATE TABLE IF NOT EXISTS CARILLON_AUDIT (
    id           BINARY(16)    NOT NULL PRIMARY KEY,
    at           BIGINT        NOT NULL,
    who          VARCHAR(200)  NOT NULL,
    what         VARCHAR(200)  NOT NULL,
    target       VARCHAR(1000) NOT NULL,
    before_state VARCHAR(4000)  NULL,
    after_state  VARCHAR(4000)  NULL,
    reason       VARCHAR(1000) NOT NULL,
    result       VARCHAR(1000) NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- dedupe keys and the order of keys: only messages that ask for them have rows here

CREATE TABLE IF NOT EXISTS CARILLON_DEDUPLICATION (
    topic      VARCHAR(120) NOT NULL,
    dedupe_key VARCHAR(200) NOT NULL,
    message_id BINARY(16) NOT NULL,
    PRIMARY KEY (topic, dedupe_key),
    INDEX CARILLON_DEDUPLICATION_AGE (message_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- the last place given to a message of the key; held by a writer until it commits
CREATE TABLE IF NOT EXISTS CARILLON_KEY_SEQUENCE (
    topic    VARCHAR(120) NOT NULL,
    msg_key  VARCHAR(200) NOT NULL,
    last_seq BIGINT NOT NULL,
    used_at  BIGINT NOT NULL,
    PRIMARY KEY (topic, msg_key),
    INDEX CARILLON_KEY_SEQUENCE_AGE (used_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- a message whose turn lasts: those of its key with a greater seq wait
CREATE TABLE IF NOT EXISTS CARILLON_KEY_TURN (
    topic      VARCHAR(120) NOT NULL,
    msg_key    VARCHAR(200) NOT NULL,
    seq        BIGINT NOT NULL,
    message_id BINARY(16) NOT NULL,
    PRIMARY KEY (topic, msg_key, seq),
    UNIQUE INDEX CARILLON_KEY_TURN_MESSAGE (message_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- why firings did not run; one row per reason and the time for which it held
CREATE TABLE IF NOT EXISTS CARILLON_JOB_DECISION (
    found_at   BIGINT        NOT NULL,
    id         BINARY(16)    NOT NULL,
    job_name   VARCHAR(200)  NOT NULL,
    -- -1: the whole firing
    item       INTEGER       NOT NULL,
    instance   VARCHAR(200)  NOT NULL,
    reason     VARCHAR(40)   NOT NULL,
    arguments  VARCHAR(2000) NOT NULL,
    first_due  BIGINT        NOT NULL,
    last_due   BIGINT        NOT NULL,
    firings    BIGINT        NOT NULL,
    held_until BIGINT        NOT NULL,
    -- 1: it holds no more
    ended      SMALLINT      NOT NULL,
    -- by time first, for the cleaning by age
    PRIMARY KEY (found_at, id),
    -- what is on record of one job
    INDEX CARILLON_JOB_DECISION_JOB (job_name, held_until)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 2

-- which attempt at its item a run was; rows without it are first attempts
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS attempt INTEGER;

-- from where a command came, and room for what it changed
ALTER TABLE CARILLON_AUDIT ADD COLUMN IF NOT EXISTS origin VARCHAR(200);
ALTER TABLE CARILLON_AUDIT MODIFY COLUMN before_state VARCHAR(4000) NULL;
ALTER TABLE CARILLON_AUDIT MODIFY COLUMN after_state VARCHAR(4000) NULL;

-- received messages that could not be handled, each with its reason; they wait for people
CREATE TABLE IF NOT EXISTS CARILLON_PARKED (
    message_id   BINARY(16) NOT NULL,
    group_id     VARCHAR(120) NOT NULL,
    producer     VARCHAR(120) NOT NULL,
    topic        VARCHAR(120) NOT NULL,
    tag          VARCHAR(120) NOT NULL,
    msg_key      VARCHAR(200) NOT NULL,
    content_type VARCHAR(200) NOT NULL,
    headers      TEXT NOT NULL,
    payload      LONGBLOB NOT NULL,
    -- how often it was handed over in vain
    deliveries   INTEGER NOT NULL,
    reason       VARCHAR(1000) NOT NULL,
    parked_at    BIGINT NOT NULL,
    PRIMARY KEY (message_id, group_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 3

-- the directory: topics, tags, producers, groups, subscriptions, pauses, as services declared and people edited them
CREATE TABLE IF NOT EXISTS CARILLON_DIRECTORY (
    kind        VARCHAR(20)  NOT NULL,
    name        VARCHAR(120) NOT NULL,
    topic       VARCHAR(120) NOT NULL,
    tag         VARCHAR(120) NOT NULL,
    status      VARCHAR(20)  NOT NULL,
    detail      VARCHAR(500) NOT NULL,
    declared_by VARCHAR(120) NOT NULL,
    declared_at BIGINT NULL,
    -- null when nobody edited it
    changed_by  VARCHAR(200) NULL,
    changed_at  BIGINT NULL,
    reason      VARCHAR(500) NULL,
    PRIMARY KEY (kind, name, topic, tag)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- what each release of an application subscribes; CARILLON_SUBSCRIPTION holds what results
CREATE TABLE IF NOT EXISTS CARILLON_DECLARATION (
    group_id    VARCHAR(120) NOT NULL,
    application VARCHAR(120) NOT NULL,
    revision    VARCHAR(60)  NOT NULL,
    topic       VARCHAR(120) NOT NULL,
    tag         VARCHAR(120) NOT NULL,
    declared_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, application, revision, topic, tag)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- cleanings that a centre commanded: in a service its own shards, in the centre what each service reported
CREATE TABLE IF NOT EXISTS CARILLON_CLEANING (
    id         BINARY(16) NOT NULL,
    service    VARCHAR(120) NOT NULL,
    shard      INTEGER NOT NULL,
    shards     INTEGER NOT NULL,
    kind       VARCHAR(30)  NOT NULL,
    bound_at   BIGINT NOT NULL,
    -- 0 asked, 1 done
    state      SMALLINT NOT NULL,
    deleted    BIGINT NOT NULL,
    rows_left  BIGINT NOT NULL,
    error      VARCHAR(1000) NULL,
    -- who works at it, and until when it is his
    owner      VARCHAR(200) NULL,
    leased_to  BIGINT NOT NULL,
    done_at    BIGINT NULL,
    PRIMARY KEY (id, service, shard)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- alarms: what is wrong now; one row per job, cluster or store that is not well
CREATE TABLE IF NOT EXISTS CARILLON_ALARM (
    kind        VARCHAR(20)   NOT NULL,
    cluster     VARCHAR(64)   NOT NULL,
    name        VARCHAR(200)  NOT NULL,
    job_group   VARCHAR(200)  NOT NULL,
    id          BINARY(16) NOT NULL,
    severity    VARCHAR(20)   NOT NULL,
    -- one per line: a code and its arguments, between tabs
    symptoms    VARCHAR(4000) NOT NULL,
    since       BIGINT NOT NULL,
    opened_at   BIGINT NULL,
    clear_since BIGINT NULL,
    -- one per line: a channel, the severity it was told of, and when
    told        VARCHAR(4000) NOT NULL,
    PRIMARY KEY (kind, cluster, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- what was, is or will be said about alarms
CREATE TABLE IF NOT EXISTS CARILLON_ALARM_NOTICE (
    decided_at   BIGINT NOT NULL,
    id           BINARY(16) NOT NULL,
    alarm_id     BINARY(16) NOT NULL,
    channel      VARCHAR(64)   NOT NULL,
    what         VARCHAR(20)   NOT NULL,
    kind         VARCHAR(20)   NOT NULL,
    cluster      VARCHAR(64)   NOT NULL,
    name         VARCHAR(200)  NOT NULL,
    severity     VARCHAR(20)   NOT NULL,
    symptoms     VARCHAR(4000) NOT NULL,
    since        BIGINT NOT NULL,
    state        VARCHAR(20)   NOT NULL,
    attempt      INTEGER NOT NULL,
    due_at       BIGINT NOT NULL,
    ended_at     BIGINT NULL,
    failure      VARCHAR(1000) NULL,
    -- by time first: serves the latest and the cleaning by age without an index of its own
    PRIMARY KEY (decided_at, id),
    -- what is to be sent
    INDEX CARILLON_ALARM_NOTICE_DUE (state, due_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- whose turn it is to decide about alarms; one row, of id 1
CREATE TABLE IF NOT EXISTS CARILLON_ALARM_TURN (
    id       INTEGER NOT NULL PRIMARY KEY,
    fence    BIGINT NOT NULL,
    node     VARCHAR(200) NOT NULL,
    until_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- version 4

-- what a run was given (null: not recorded), and by which id its trace is found
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS job_parameter VARCHAR(1000) NULL;
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS item_parameter VARCHAR(1000) NULL;
ALTER TABLE CARILLON_JOB_RUN ADD COLUMN IF NOT EXISTS trace_id VARCHAR(128) NULL;
