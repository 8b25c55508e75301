-- Times are UTC.
-- No unique key on order_id, on purpose: an effect applied twice would show as two rows.
CREATE TABLE IF NOT EXISTS point_entry (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id VARCHAR(40) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  customer VARCHAR(80) NOT NULL,
  points BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE INDEX IF NOT EXISTS point_entry_order ON point_entry (order_id);
CREATE TABLE IF NOT EXISTS point_account (
  customer VARCHAR(80) NOT NULL PRIMARY KEY,
  balance BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
