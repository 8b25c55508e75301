-- Times are UTC.
CREATE TABLE IF NOT EXISTS account (
  account_no VARCHAR(40) NOT NULL PRIMARY KEY,
  name VARCHAR(80) NOT NULL,
  created_at DATETIME(3) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- part: 0..1023, even over the rows; MOD(part, shards) says which sharding item looks after the row.
CREATE TABLE IF NOT EXISTS user_token (
  token VARCHAR(64) NOT NULL PRIMARY KEY,
  user_name VARCHAR(80) NOT NULL,
  part INT NOT NULL,
  status VARCHAR(8) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  expires_at DATETIME(3) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE INDEX IF NOT EXISTS user_token_status ON user_token (status, expires_at);
-- state: UPLOADED (ref_no is null), ATTACHED (ref_no is set), DELETING (claimed by the job).
CREATE TABLE IF NOT EXISTS attachment (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  object_key VARCHAR(200) NOT NULL,
  ref_no VARCHAR(80) NULL,
  part INT NOT NULL,
  state VARCHAR(8) NOT NULL,
  created_at DATETIME(3) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE INDEX IF NOT EXISTS attachment_state ON attachment (state, created_at, id);
