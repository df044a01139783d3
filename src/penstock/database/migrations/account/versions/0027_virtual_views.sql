CREATE TABLE virtual_view (
  id BIGINT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  ref TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  status TEXT,
  inventory_catalogue_ref TEXT,
  product_catalogue_ref TEXT,
  network_ref TEXT,
  retailer_refs TEXT[],
  CONSTRAINT virtual_view_pkey PRIMARY KEY (id),
  CONSTRAINT virtual_view_ref_key UNIQUE (ref)
);
CREATE INDEX virtual_view_created_on_id_idx ON virtual_view (created_on, id);

-- Ends a statement that cannot be answered, with the code of an error and what it says to the client.
CREATE FUNCTION refuse(code text, message text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'raise_exception', MESSAGE = message, DETAIL = code;
END $$;
