-- Times are UTC.
CREATE TABLE IF NOT EXISTS orders (
  order_no VARCHAR(40) NOT NULL PRIMARY KEY,
  customer VARCHAR(80) NOT NULL,
  amount_cents BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
