CREATE TABLE plugin (
  name text NOT NULL,
  version text NOT NULL,
  status text NOT NULL,
  digest text NOT NULL,
  modules text[] NOT NULL,
  rules jsonb NOT NULL,
  content bytea NOT NULL,
  created_by text NOT NULL,
  created_on timestamptz NOT NULL,
  activated_on timestamptz,
  CONSTRAINT plugin_pkey PRIMARY KEY (name, version)
);
CREATE UNIQUE INDEX plugin_active_idx ON plugin (name) WHERE status = 'ACTIVE';
CREATE INDEX plugin_digest_idx ON plugin (digest);
-- Wheels are compressed already.
ALTER TABLE plugin ALTER COLUMN content SET STORAGE EXTERNAL;

-- What is only uploaded changes nothing for anybody.
CREATE TRIGGER config_changed AFTER UPDATE OF status ON plugin FOR EACH STATEMENT EXECUTE FUNCTION config_changed();
