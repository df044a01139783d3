-- Sourcing profiles, as the model declared them when this migration was written.

CREATE TABLE sourcing_profile (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  version INTEGER NOT NULL,
  version_comment TEXT,
  name TEXT,
  description TEXT,
  status TEXT NOT NULL,
  user_id BIGINT,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  retailer_id BIGINT,
  default_virtual_catalogue_link JSONB,
  default_network_link JSONB,
  default_max_split INTEGER,
  sourcing_strategies JSONB,
  sourcing_fallback_strategies JSONB,
  CONSTRAINT sourcing_profile_pkey PRIMARY KEY (id),
  CONSTRAINT sourcing_profile_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT sourcing_profile_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT sourcing_profile_ref_version_key UNIQUE (ref, version)
);

CREATE INDEX sourcing_profile_created_on_id_idx ON sourcing_profile (created_on, id);

CREATE INDEX sourcing_profile_default_network_link_idx ON sourcing_profile (default_network_link);

CREATE INDEX sourcing_profile_default_virtual_catalogue_link_idx ON sourcing_profile (default_virtual_catalogue_link);

CREATE UNIQUE INDEX sourcing_profile_ref_idx ON sourcing_profile (ref) WHERE status = 'ACTIVE';
