CREATE TABLE job (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  retailer_id BIGINT NOT NULL,
  meta JSONB,
  created_by TEXT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  closes_on TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT job_pkey PRIMARY KEY (id)
);
CREATE INDEX job_closes_on_idx ON job (closes_on);
CREATE TABLE batch (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  job_id BIGINT NOT NULL,
  retailer_id BIGINT NOT NULL,
  entity_type TEXT NOT NULL,
  source TEXT NOT NULL,
  event TEXT NOT NULL,
  catalogue_ref TEXT,
  conditions JSONB,
  records TEXT,
  total INTEGER NOT NULL,
  status TEXT NOT NULL,
  worker UUID,
  event_id UUID NOT NULL,
  user_id BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  started_on TIMESTAMP WITH TIME ZONE,
  completed_on TIMESTAMP WITH TIME ZONE,
  CONSTRAINT batch_pkey PRIMARY KEY (id),
  CONSTRAINT batch_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
);
CREATE INDEX batch_job_id_id_idx ON batch (job_id, id);
CREATE INDEX batch_retailer_id_id_idx ON batch (retailer_id, id) WHERE status != 'COMPLETE';
CREATE TABLE batch_result (
  batch_id BIGINT NOT NULL,
  first INTEGER NOT NULL,
  size INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  results JSONB NOT NULL,
  CONSTRAINT batch_result_pkey PRIMARY KEY (batch_id, first),
  CONSTRAINT batch_result_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES batch (id) ON DELETE CASCADE
);
