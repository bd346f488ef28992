CREATE TABLE IF NOT EXISTS bookings (
  id TEXT PRIMARY KEY,
  member_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  version INTEGER NOT NULL,
  due_at REAL,
  lease_until REAL,
  created_at REAL NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (member_id, idempotency_key)
) STRICT;
CREATE INDEX IF NOT EXISTS bookings_due ON bookings (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS bookings_unfinished ON bookings (created_at, id)
  WHERE (json_extract(body, '$.point') NOT IN ('CONFIRMED', 'ENDED')
    OR json_extract(body, '$.in_doubt') = 1);
CREATE INDEX IF NOT EXISTS bookings_newest ON bookings (created_at, id);
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY,
  booking_id TEXT NOT NULL,
  received_at REAL NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS events_open ON events (booking_id) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS sessions (
  sub TEXT PRIMARY KEY,
  sealed BLOB NOT NULL,
  expires_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  ends_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS upstream_tokens (
  upstream TEXT PRIMARY KEY,
  sealed BLOB,
  fetched_at REAL,
  turn_owner TEXT,
  turn_until REAL
) STRICT;
CREATE TABLE IF NOT EXISTS places_moved (
  venue_id TEXT NOT NULL,
  day TEXT NOT NULL,
  id TEXT NOT NULL,
  told_at REAL NOT NULL,
  PRIMARY KEY (venue_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS places_moved_told ON places_moved (told_at);
