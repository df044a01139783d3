-- What the database itself keeps true, whoever writes.

-- Attributes upserted by name: listed ones replaced as a whole, the others kept, new ones at the end.
CREATE FUNCTION attributes_merged(old jsonb, new jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_agg(a ORDER BY place), '[]'::jsonb) FROM (
    SELECT coalesce(n.a, o.a) AS a, o.place FROM jsonb_array_elements(coalesce(old, '[]'::jsonb)) WITH ORDINALITY o(a, place)
    LEFT JOIN jsonb_array_elements(coalesce(new, '[]'::jsonb)) n(a) ON n.a->>'name' = o.a->>'name'
    UNION ALL
    SELECT n.a, 1000000 + n.place FROM jsonb_array_elements(coalesce(new, '[]'::jsonb)) WITH ORDINALITY n(a, place)
    WHERE NOT EXISTS (
      SELECT FROM jsonb_array_elements(coalesce(old, '[]'::jsonb)) o(a) WHERE o.a->>'name' = n.a->>'name')
  ) merged
$$;

-- What a wave needs follows from its fulfilments.
CREATE VIEW wave_item AS
  SELECT min(i.id) AS id, j.wave_id, o.product_id, sum(i.requested_quantity)::integer AS quantity
  FROM wave_fulfilment j JOIN fulfilment_item i ON i.fulfilment_id = j.fulfilment_id
  JOIN order_item o ON o.id = i.order_item_id GROUP BY j.wave_id, o.product_id;

-- The stock ledger keeps its counters: on_hand is the sum of what counts, reserved what is promised of it.
CREATE FUNCTION ledger_counts(type text, status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT type IN ('LAST_ON_HAND', 'RESERVED', 'SALE', 'CORRECTION', 'DELTA') AND status IN ('CREATED', 'ACTIVE')
$$;

CREATE FUNCTION ledger_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory_position p SET on_hand = coalesce(p.on_hand, 0) + d.on_hand, reserved = coalesce(p.reserved, 0) + d.reserved
  FROM (
    SELECT position_id, sum(quantity) AS on_hand, -coalesce(sum(quantity) FILTER (WHERE type = 'RESERVED'), 0) AS reserved
    FROM new_rows WHERE ledger_counts(type, status) GROUP BY position_id
  ) d WHERE p.id = d.position_id;
  RETURN NULL;
END $$;

CREATE FUNCTION ledger_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory_position p SET on_hand = coalesce(p.on_hand, 0) + d.on_hand, reserved = coalesce(p.reserved, 0) + d.reserved
  FROM (
    SELECT position_id, sum(quantity) AS on_hand, -coalesce(sum(quantity) FILTER (WHERE type = 'RESERVED'), 0) AS reserved
    FROM (
      SELECT position_id, type, quantity FROM new_rows WHERE ledger_counts(type, status)
      UNION ALL
      SELECT position_id, type, -quantity FROM old_rows WHERE ledger_counts(type, status)
    ) both_sides GROUP BY position_id
  ) d WHERE p.id = d.position_id AND (d.on_hand <> 0 OR d.reserved <> 0);
  RETURN NULL;
END $$;

CREATE FUNCTION ledger_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory_position p SET on_hand = coalesce(p.on_hand, 0) - d.on_hand, reserved = coalesce(p.reserved, 0) - d.reserved
  FROM (
    SELECT position_id, sum(quantity) AS on_hand, -coalesce(sum(quantity) FILTER (WHERE type = 'RESERVED'), 0) AS reserved
    FROM old_rows WHERE ledger_counts(type, status) GROUP BY position_id
  ) d WHERE p.id = d.position_id;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_inserted AFTER INSERT ON inventory_quantity
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_inserted();
CREATE TRIGGER ledger_changed AFTER UPDATE ON inventory_quantity
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON inventory_quantity
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_deleted();

-- No unit is promised twice: a promise may not take a position below zero. Loads and deltas may.
CREATE FUNCTION refuse_overselling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('penstock.stock_guard', true) IS DISTINCT FROM 'off' THEN
    RAISE EXCEPTION 'inventory position % has % on hand after promising %: a promise must not exceed stock',
      NEW.ref, NEW.on_hand, NEW.reserved - coalesce(OLD.reserved, 0) USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER refuse_overselling BEFORE UPDATE OF reserved ON inventory_position FOR EACH ROW
  WHEN (NEW.reserved > coalesce(OLD.reserved, 0) AND NEW.on_hand < 0) EXECUTE FUNCTION refuse_overselling();

-- What processes keep in memory is read again when this number has changed.
INSERT INTO config_revision (id, revision) VALUES (1, 1);
CREATE FUNCTION config_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE config_revision SET revision = revision + 1;
  RETURN NULL;
END $$;
DO $$
DECLARE watched text; columns text;
BEGIN
  FOREACH watched IN ARRAY ARRAY['workflow', 'setting', 'retailer', 'network', 'network_location', 'location',
    'product_catalogue', 'inventory_catalogue', 'virtual_catalogue']
  LOOP
    -- The engine raises revisions all the time; they are no configuration.
    SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = watched AND column_name NOT IN ('revision', 'updated_on');
    EXECUTE format('CREATE TRIGGER config_changed AFTER INSERT OR DELETE OR UPDATE OF %s ON %I '
      'FOR EACH STATEMENT EXECUTE FUNCTION config_changed()', columns, watched);
  END LOOP;
END $$;
-- Addresses of orders come with every order; only those of locations are configuration.
CREATE TRIGGER config_changed AFTER UPDATE ON address FOR EACH ROW
  WHEN (NEW.kind = 'STORE') EXECUTE FUNCTION config_changed();

INSERT INTO slot (slot) SELECT generate_series(0, 255);

-- The queue is small and its rows short-lived; the log only grows.
ALTER TABLE pending_event SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, fillfactor = 70);
ALTER TABLE event ALTER COLUMN trace SET STORAGE EXTERNAL;
