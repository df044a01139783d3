CREATE TABLE hold (
  id BIGINT NOT NULL,
  retailer_id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  status TEXT NOT NULL,
  virtual_catalogue_ref TEXT NOT NULL,
  items JSONB NOT NULL,
  quantities BIGINT[] NOT NULL,
  attributes JSONB NOT NULL,
  order_ref TEXT,
  created_by TEXT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_on TIMESTAMP WITH TIME ZONE NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT hold_pkey PRIMARY KEY (id),
  CONSTRAINT hold_retailer_id_ref_key UNIQUE (retailer_id, ref)
);
CREATE INDEX hold_retailer_id_id_idx ON hold (retailer_id, id);
CREATE INDEX hold_expires_on_idx ON hold (expires_on) WHERE status = 'ACTIVE';
CREATE INDEX hold_updated_on_idx ON hold (updated_on) WHERE status != 'ACTIVE';

-- No unit is promised twice, save at positions whose retailer has it reserved without checking.
CREATE OR REPLACE FUNCTION refuse_overselling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('penstock.stock_guard', true) IS DISTINCT FROM 'off' AND NOT coalesce(
    NEW.id = ANY (string_to_array(nullif(current_setting('penstock.allow_negative', true), ''), ',')::bigint[]), false)
  THEN
    RAISE EXCEPTION 'inventory position % has % on hand after promising %: a promise must not exceed stock',
      NEW.ref, NEW.on_hand, NEW.reserved - coalesce(OLD.reserved, 0) USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
