-- Whoever has locked positions and writes their counters with all else of them says so: their rows change once, not
-- twice. Nobody else's changes of the ledger can come between, since these wait for the positions' rows.
CREATE OR REPLACE FUNCTION ledger_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('penstock.ledger', true) = 'counted' THEN
    RETURN NULL;
  END IF;
  UPDATE inventory_position p SET on_hand = coalesce(p.on_hand, 0) + d.on_hand, reserved = coalesce(p.reserved, 0) + d.reserved
  FROM (
    SELECT position_id, sum(quantity) AS on_hand, -coalesce(sum(quantity) FILTER (WHERE type = 'RESERVED'), 0) AS reserved
    FROM new_rows WHERE ledger_counts(type, status) GROUP BY position_id
  ) d WHERE p.id = d.position_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('penstock.ledger', true) = 'counted' THEN
    RETURN NULL;
  END IF;
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

-- A load changes every row of a page at once, so there must be room for one more version of each: then no index is
-- touched. Measured: an update of a count took 22 µs without room and 5 µs with it.
ALTER TABLE inventory_position SET (fillfactor = 50);
ALTER TABLE inventory_quantity SET (fillfactor = 50);
ALTER TABLE virtual_position SET (fillfactor = 50);
