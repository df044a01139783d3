-- The outbox becomes the log of deliveries. What waits in it is delivered now, on the default schedule.

ALTER TABLE outbox
  ADD COLUMN name TEXT,
  ADD COLUMN target TEXT,
  ADD COLUMN host TEXT,
  ADD COLUMN schedule TEXT,
  ADD COLUMN root_type TEXT,
  ADD COLUMN root_id BIGINT,
  ADD COLUMN root_ref TEXT,
  ADD COLUMN due TIMESTAMP WITH TIME ZONE,
  ADD COLUMN status TEXT,
  ADD COLUMN attempts INTEGER,
  ADD COLUMN tries INTEGER,
  ADD COLUMN holder TEXT,
  ADD COLUMN held_until TIMESTAMP WITH TIME ZONE,
  ADD COLUMN settled TIMESTAMP WITH TIME ZONE,
  ADD COLUMN trace TEXT;

COMMENT ON COLUMN outbox.trace IS 'the place in a trace, as a header traceparent';

COMMENT ON COLUMN outbox.holder IS 'the connection of the process that sends it';

-- Targets as src/penstock/delivery/targets.py makes them; names and roots from where bodies have them, as texts, since
-- PostgreSQL reads no JSON with a zero character in it.
WITH parts AS (
  SELECT id, lower(p[1]) AS scheme, lower(p[2]) AS host, p[4] AS port,
    substring(body FROM '^\{"id":"[^"]*","name":"([^"\\]*)"') AS name, r[2] AS root_id, r[4] AS root_type, r[6] AS root_ref
  FROM outbox
  LEFT JOIN LATERAL regexp_match(url, '^([a-zA-Z]+)://(\[[^]/?#@]+\]|[^:/?#@]+)(:(\d+))?(?:[/?#]|$)') p ON true
  LEFT JOIN LATERAL regexp_match(body, '"errorLogs":\[\](,"rootEntityId":"(\d{1,18})")?(,"rootEntityType":"(\w+)")?'
    || '(,"rootEntityRef":"([^"\\]*)")?\}$') r ON true
)
UPDATE outbox o SET
  name = coalesce(p.name, ''),
  host = coalesce(trim(BOTH '[]' FROM p.host), ''),
  target = coalesce(
    p.scheme || '://' || p.host || ':' || coalesce(p.port, CASE p.scheme WHEN 'https' THEN '443' ELSE '80' END), ''),
  schedule = 'default',
  root_type = p.root_type,
  root_id = p.root_id::bigint,
  root_ref = p.root_ref,
  due = o.created,
  status = 'PENDING',
  attempts = 0,
  tries = 0
FROM parts p WHERE p.id = o.id;

ALTER TABLE outbox
  ALTER COLUMN name SET NOT NULL,
  ALTER COLUMN target SET NOT NULL,
  ALTER COLUMN host SET NOT NULL,
  ALTER COLUMN schedule SET NOT NULL,
  ALTER COLUMN status SET NOT NULL,
  ALTER COLUMN attempts SET NOT NULL,
  ALTER COLUMN tries SET NOT NULL;

CREATE INDEX outbox_due_idx ON outbox (target, due) WHERE due IS NOT NULL AND holder IS NULL;

CREATE INDEX outbox_held_idx ON outbox (holder) WHERE holder IS NOT NULL;

CREATE INDEX outbox_failed_idx ON outbox (id) WHERE status = 'FAILED';

CREATE INDEX outbox_event_idx ON outbox (event_id);

CREATE INDEX outbox_root_id_idx ON outbox (root_id, id);

CREATE INDEX outbox_root_ref_idx ON outbox (root_ref, id);

CREATE INDEX outbox_host_idx ON outbox (host, id);

CREATE TABLE delivery_attempt (
  id UUID NOT NULL,
  delivery_id UUID NOT NULL,
  event_id UUID NOT NULL,
  attempt INTEGER NOT NULL,
  started TIMESTAMP WITH TIME ZONE NOT NULL,
  stopped TIMESTAMP WITH TIME ZONE NOT NULL,
  accepted BOOLEAN NOT NULL,
  code INTEGER,
  response TEXT,
  error TEXT,
  CONSTRAINT delivery_attempt_pkey PRIMARY KEY (id),
  CONSTRAINT delivery_attempt_delivery_id_fkey FOREIGN KEY(delivery_id) REFERENCES outbox (id) ON DELETE CASCADE
);

CREATE INDEX delivery_attempt_delivery_idx ON delivery_attempt (delivery_id, attempt);

CREATE INDEX delivery_attempt_event_idx ON delivery_attempt (event_id);

CREATE TABLE webhook_circuit (
  target TEXT NOT NULL,
  failures INTEGER NOT NULL,
  pauses INTEGER NOT NULL,
  paused_until TIMESTAMP WITH TIME ZONE,
  probe UUID,
  error TEXT,
  changed TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT webhook_circuit_pkey PRIMARY KEY (target)
);

COMMENT ON COLUMN webhook_circuit.failures IS 'in a row';

COMMENT ON COLUMN webhook_circuit.pauses IS 'in a row; 0: the circuit is closed';

COMMENT ON COLUMN webhook_circuit.probe IS 'the delivery that tries whether the target is back';

CREATE TABLE webhook_key (
  id UUID NOT NULL,
  state TEXT NOT NULL,
  bits INTEGER NOT NULL,
  rsa_public TEXT NOT NULL,
  ed25519_public TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  created TIMESTAMP WITH TIME ZONE NOT NULL,
  activated TIMESTAMP WITH TIME ZONE,
  retired TIMESTAMP WITH TIME ZONE,
  CONSTRAINT webhook_key_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX webhook_key_active_idx ON webhook_key (state) WHERE state = 'ACTIVE';

CREATE UNIQUE INDEX webhook_key_next_idx ON webhook_key (state) WHERE state = 'NEXT';
