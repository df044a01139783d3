-- What virtual catalogues have to compute anew, and how far that is; who changes what they depend on asks for it, in
-- the same transaction, whoever that is (spec 21 §2.6, §4.5).
CREATE TABLE recomputation (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  catalogue_id BIGINT NOT NULL,
  location_ref TEXT,
  product_ref TEXT,
  after_id BIGINT DEFAULT 0 NOT NULL,
  requested_on TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  PRIMARY KEY (id)
);
COMMENT ON COLUMN recomputation.catalogue_id IS 'a virtual catalogue';
COMMENT ON COLUMN recomputation.location_ref IS 'of positions there only';
COMMENT ON COLUMN recomputation.product_ref IS 'of positions of this only';
COMMENT ON COLUMN recomputation.after_id IS 'those up to this are done';

-- Workers look once a second; told, they look at once.
CREATE FUNCTION recomputation_requested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('penstock_recomputation', '');
  RETURN NULL;
END $$;
CREATE TRIGGER recomputation_requested AFTER INSERT ON recomputation
  FOR EACH STATEMENT EXECUTE FUNCTION recomputation_requested();

-- A location comes into a network or leaves it.
CREATE FUNCTION network_members_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recomputation (catalogue_id, location_ref)
  SELECT DISTINCT c.id, l.ref FROM changed_rows j JOIN location l ON l.id = j.location_id
  JOIN virtual_catalogue c ON c.status = 'ACTIVE' AND j.network_id::text = ANY(c.network_ids);
  RETURN NULL;
END $$;
CREATE TRIGGER members_joined AFTER INSERT ON network_location
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION network_members_changed();
CREATE TRIGGER members_left AFTER DELETE ON network_location
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION network_members_changed();

-- A catalogue gets other networks, controls or stock to look at, or takes effect again.
CREATE FUNCTION virtual_catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recomputation (catalogue_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER virtual_catalogue_changed
  AFTER UPDATE OF network_ids, control_group_ref, inventory_catalogue_ref, product_catalogue_ref, status
  ON virtual_catalogue FOR EACH ROW WHEN (NEW.status = 'ACTIVE' AND OLD.status <> 'CREATED' AND (
    NEW.network_ids IS DISTINCT FROM OLD.network_ids OR NEW.control_group_ref IS DISTINCT FROM OLD.control_group_ref
    OR NEW.inventory_catalogue_ref IS DISTINCT FROM OLD.inventory_catalogue_ref
    OR NEW.product_catalogue_ref IS DISTINCT FROM OLD.product_catalogue_ref OR OLD.status <> 'ACTIVE'))
  EXECUTE FUNCTION virtual_catalogue_changed();

-- A group of controls takes effect, or does no more.
CREATE FUNCTION control_group_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recomputation (catalogue_id)
  SELECT id FROM virtual_catalogue WHERE status = 'ACTIVE' AND control_group_ref = NEW.ref;
  RETURN NULL;
END $$;
CREATE TRIGGER control_group_changed AFTER UPDATE OF status ON control_group FOR EACH ROW
  WHEN ((NEW.status = 'ACTIVE') IS DISTINCT FROM (OLD.status = 'ACTIVE')) EXECUTE FUNCTION control_group_changed();

-- Controls over a location or a category; those over products tell their positions by their workflow.
CREATE FUNCTION control_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recomputation (catalogue_id, location_ref)
  SELECT DISTINCT c.id, (SELECT l.ref FROM location l WHERE l.ref = x.scope LIMIT 1)
  FROM (SELECT g.ref, substr(NEW.ref, length(g.ref) + length(NEW.type) + 3) AS scope FROM control_group g
    WHERE g.id = NEW.control_group_id AND starts_with(NEW.ref, g.ref || ':' || NEW.type || ':')) x
  JOIN virtual_catalogue c ON c.status = 'ACTIVE' AND c.control_group_ref = x.ref
  WHERE EXISTS (SELECT FROM location l WHERE l.ref = x.scope) OR EXISTS (SELECT FROM category k WHERE k.ref = x.scope);
  RETURN NULL;
END $$;
CREATE TRIGGER control_added AFTER INSERT ON control FOR EACH ROW
  WHEN (NEW.status = 'ACTIVE') EXECUTE FUNCTION control_changed();
CREATE TRIGGER control_changed AFTER UPDATE OF status, "values", execution_order ON control FOR EACH ROW
  WHEN (NEW.status IS DISTINCT FROM OLD.status OR NEW.values IS DISTINCT FROM OLD.values
    OR NEW.execution_order IS DISTINCT FROM OLD.execution_order) EXECUTE FUNCTION control_changed();

-- A product comes into a category or leaves it, which controls may be about.
CREATE FUNCTION product_categories_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recomputation (catalogue_id, product_ref)
  SELECT DISTINCT c.id, p.ref FROM changed_rows j JOIN product p ON j.product_id IN (p.id, p.product_id)
  JOIN product_catalogue k ON k.id = p.catalogue_id
  JOIN virtual_catalogue c ON c.status = 'ACTIVE' AND c.product_catalogue_ref = k.ref
  JOIN control_group g ON g.ref = c.control_group_ref
  WHERE EXISTS (SELECT FROM virtual_position v WHERE v.catalogue_id = c.id AND v.product_ref = p.ref);
  RETURN NULL;
END $$;
CREATE TRIGGER categories_joined AFTER INSERT ON product_category
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION product_categories_changed();
CREATE TRIGGER categories_left AFTER DELETE ON product_category
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION product_categories_changed();
