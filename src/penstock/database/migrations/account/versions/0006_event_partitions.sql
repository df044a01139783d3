-- The log becomes partitioned by id, which begins with the moment at which an event came in. What there is becomes
-- the first partition as it stands, up to the next Monday: no row is copied, however many there are. Weeks are added
-- and dropped by workers (penstock/orchestration/log/partitions.py); a row that fits no week goes to event_rest.

ALTER TABLE event
  ADD COLUMN ended TIMESTAMP WITH TIME ZONE,
  ADD COLUMN lane BIGINT,
  ADD COLUMN marks BIT(512),
  ADD COLUMN failed BOOLEAN,
  ADD COLUMN events INTEGER,
  ADD COLUMN entries INTEGER;

ALTER TABLE event RENAME TO event_first;
ALTER TABLE event_first RENAME CONSTRAINT event_pkey TO event_first_pkey;
ALTER INDEX event_root_idx RENAME TO event_first_root_id_id_idx;
ALTER INDEX event_parent_idx RENAME TO event_first_parent_idx;
DROP INDEX event_failed_idx;

CREATE TABLE event (LIKE event_first INCLUDING STORAGE) PARTITION BY RANGE (id);
ALTER TABLE event ADD CONSTRAINT event_pkey PRIMARY KEY (id);
CREATE INDEX event_root_idx ON event (root_id, id);
CREATE INDEX event_parent_idx ON event (parent) WHERE parent IS NOT NULL;
CREATE INDEX event_lane_idx ON event (lane, id) WHERE lane IS NOT NULL;
CREATE INDEX event_failed_idx ON event (id) WHERE failed IS NOT false;
CREATE INDEX event_late_idx ON event (coalesce(ended, done))
  WHERE coalesce(ended, done) - created > interval '00:01:00';
CREATE INDEX event_rootless_idx ON event (id) WHERE root_id IS NULL;
CREATE INDEX event_unmarked_idx ON event (id) WHERE marks IS NULL;

CREATE TABLE event_rest PARTITION OF event DEFAULT;

DO $$
DECLARE
  newest TIMESTAMPTZ := now();
  upper_bound UUID;
BEGIN
  -- Clocks differ, and tests set them: the first week ends behind everything that is there.
  SELECT greatest(now(), max(created)) INTO newest FROM event_first;
  newest := date_trunc('week', newest, 'UTC') + interval '7 days';
  upper_bound := (lpad(to_hex((extract(epoch FROM newest) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
  EXECUTE format('ALTER TABLE event ATTACH PARTITION event_first FOR VALUES FROM (MINVALUE) TO (%L)', upper_bound);
END $$;
