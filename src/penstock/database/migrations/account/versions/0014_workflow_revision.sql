ALTER TABLE config_revision ADD COLUMN workflows BIGINT NOT NULL DEFAULT 1;
UPDATE config_revision SET workflows = revision;
CREATE OR REPLACE FUNCTION config_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE config_revision SET revision = revision + 1,
    workflows = CASE WHEN TG_TABLE_NAME IN ('workflow', 'plugin') THEN revision + 1 ELSE workflows END;
  RETURN NULL;
END $$;
