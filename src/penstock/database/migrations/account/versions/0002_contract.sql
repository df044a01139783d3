-- What the whole contract adds, as the model declared it when this migration was written.

ALTER TABLE orders ADD COLUMN payment_id BIGINT;

CREATE TABLE app (
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  version JSONB NOT NULL,
  type TEXT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT app_pkey PRIMARY KEY (id),
  CONSTRAINT app_name_key UNIQUE (name)
);

CREATE TABLE control_group (
  id BIGINT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  ref TEXT NOT NULL,
  type TEXT NOT NULL,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  status TEXT,
  name TEXT,
  description TEXT,
  retailer_refs TEXT[],
  attributes JSONB,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT control_group_pkey PRIMARY KEY (id),
  CONSTRAINT control_group_ref_key UNIQUE (ref)
);

CREATE TABLE currency (
  id BIGINT NOT NULL,
  alphabetic_code TEXT,
  numeric_code TEXT,
  name TEXT,
  minor_units INTEGER,
  is_iso4217 BOOLEAN,
  CONSTRAINT currency_pkey PRIMARY KEY (id),
  CONSTRAINT currency_alphabetic_code_key UNIQUE (alphabetic_code)
);

CREATE TABLE control (
  id BIGINT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  ref TEXT NOT NULL,
  type TEXT NOT NULL,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  status TEXT,
  name TEXT,
  description TEXT,
  values JSONB,
  attributes JSONB,
  execution_order INTEGER,
  control_group_id BIGINT NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT control_pkey PRIMARY KEY (id),
  CONSTRAINT control_control_group_id_fkey FOREIGN KEY(control_group_id) REFERENCES control_group (id),
  CONSTRAINT control_control_group_id_ref_key UNIQUE (control_group_id, ref)
);

CREATE TABLE fulfilment_option (
  id BIGINT NOT NULL,
  ref TEXT,
  status TEXT,
  type TEXT NOT NULL,
  retailer_id BIGINT NOT NULL,
  order_type TEXT,
  location_ref TEXT,
  tracking_code TEXT,
  address JSONB,
  products JSONB,
  attributes JSONB,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT fulfilment_option_pkey PRIMARY KEY (id),
  CONSTRAINT fulfilment_option_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id)
);

CREATE TABLE payment_service_provider (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  name TEXT,
  client_id TEXT NOT NULL,
  client_secret TEXT NOT NULL,
  service_auth_token TEXT NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  attributes JSONB,
  retailer_id BIGINT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT payment_service_provider_pkey PRIMARY KEY (id),
  CONSTRAINT payment_service_provider_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT payment_service_provider_ref_key UNIQUE (ref)
);

CREATE TABLE billing_account (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT,
  status TEXT,
  retailer_id BIGINT NOT NULL,
  customer_id BIGINT,
  attributes JSONB,
  name TEXT,
  address JSONB,
  workflow_ref TEXT,
  workflow_version INTEGER,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT billing_account_pkey PRIMARY KEY (id),
  CONSTRAINT billing_account_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT billing_account_customer_id_fkey FOREIGN KEY(customer_id) REFERENCES customer (id),
  CONSTRAINT billing_account_ref_key UNIQUE (ref)
);

CREATE TABLE carrier_consignment (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  status TEXT,
  consignment_reference TEXT,
  tracking_label TEXT,
  label_url TEXT,
  order_summary_url TEXT,
  carrier_id BIGINT NOT NULL,
  retailer_id BIGINT NOT NULL,
  attributes JSONB,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT carrier_consignment_pkey PRIMARY KEY (id),
  CONSTRAINT carrier_consignment_carrier_id_fkey FOREIGN KEY(carrier_id) REFERENCES carrier (id),
  CONSTRAINT carrier_consignment_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT carrier_consignment_ref_key UNIQUE (ref)
);

CREATE TABLE fulfilment_plan (
  id BIGINT NOT NULL,
  ref TEXT,
  status TEXT,
  type TEXT NOT NULL,
  split_count INTEGER,
  eta TEXT,
  retailer_id BIGINT,
  attributes JSONB,
  fulfilment_option_id BIGINT NOT NULL,
  fulfilments JSONB,
  exceptions JSONB,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT fulfilment_plan_pkey PRIMARY KEY (id),
  CONSTRAINT fulfilment_plan_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT fulfilment_plan_fulfilment_option_id_fkey FOREIGN KEY(fulfilment_option_id) REFERENCES fulfilment_option (id)
);

CREATE TABLE return_order (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  retailer_id BIGINT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  attributes JSONB,
  customer_id BIGINT,
  order_link JSONB,
  return_authorisation_key TEXT,
  return_authorisation_disposition JSONB,
  return_authorisation_key_expiry TIMESTAMP WITH TIME ZONE,
  pickup_address JSONB,
  lodged_location_link JSONB,
  destination_location_link JSONB,
  exchange_order_link JSONB,
  credit_memo_id BIGINT,
  currency_id BIGINT,
  default_tax_type JSONB,
  sub_total_amount JSONB,
  total_tax JSONB,
  total_amount JSONB,
  workflow_ref TEXT,
  workflow_version INTEGER,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT return_order_pkey PRIMARY KEY (id),
  CONSTRAINT return_order_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT return_order_customer_id_fkey FOREIGN KEY(customer_id) REFERENCES customer (id),
  CONSTRAINT return_order_currency_id_fkey FOREIGN KEY(currency_id) REFERENCES currency (id),
  CONSTRAINT return_order_retailer_id_ref_key UNIQUE (retailer_id, ref)
);

CREATE TABLE invoice (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT,
  status TEXT,
  attributes JSONB,
  billing_account_id BIGINT NOT NULL,
  order_link JSONB,
  fulfilment_link JSONB,
  issue_date TIMESTAMP WITH TIME ZONE,
  due_date TIMESTAMP WITH TIME ZONE,
  currency_id BIGINT,
  default_tax_type JSONB,
  sub_total_amount JSONB,
  total_tax JSONB,
  total_amount JSONB,
  total_balance JSONB,
  workflow_ref TEXT,
  workflow_version INTEGER,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT invoice_pkey PRIMARY KEY (id),
  CONSTRAINT invoice_billing_account_id_fkey FOREIGN KEY(billing_account_id) REFERENCES billing_account (id),
  CONSTRAINT invoice_currency_id_fkey FOREIGN KEY(currency_id) REFERENCES currency (id),
  CONSTRAINT invoice_ref_key UNIQUE (ref)
);

CREATE TABLE return_fulfilment (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  attributes JSONB,
  pickup_address JSONB,
  lodged_location_link JSONB,
  destination_location_link JSONB,
  return_order_id BIGINT NOT NULL,
  workflow_ref TEXT,
  workflow_version INTEGER,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT return_fulfilment_pkey PRIMARY KEY (id),
  CONSTRAINT return_fulfilment_return_order_id_fkey FOREIGN KEY(return_order_id) REFERENCES return_order (id),
  CONSTRAINT return_fulfilment_return_order_id_ref_key UNIQUE (return_order_id, ref)
);

CREATE TABLE return_order_item (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  attributes JSONB,
  status TEXT NOT NULL,
  product_id BIGINT,
  order_item_link JSONB,
  return_reason JSONB,
  return_reason_comment TEXT,
  return_condition JSONB,
  return_condition_comment TEXT,
  return_order_id BIGINT NOT NULL,
  return_payment_action JSONB,
  return_disposition_action JSONB,
  unit_quantity JSONB,
  unit_amount JSONB,
  unit_tax_type JSONB,
  item_tax_amount JSONB,
  item_amount JSONB,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  type TEXT,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT return_order_item_pkey PRIMARY KEY (id),
  CONSTRAINT return_order_item_return_order_id_fkey FOREIGN KEY(return_order_id) REFERENCES return_order (id),
  CONSTRAINT return_order_item_return_order_id_ref_key UNIQUE (return_order_id, ref)
);

CREATE TABLE return_verification (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT NOT NULL,
  verification_details TEXT,
  return_order_id BIGINT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT return_verification_pkey PRIMARY KEY (id),
  CONSTRAINT return_verification_return_order_id_fkey FOREIGN KEY(return_order_id) REFERENCES return_order (id),
  CONSTRAINT return_verification_return_order_id_ref_key UNIQUE (return_order_id, ref)
);

CREATE TABLE credit_memo (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT,
  status TEXT,
  attributes JSONB,
  billing_account_id BIGINT NOT NULL,
  invoice_id BIGINT,
  order_link JSONB,
  return_order_id BIGINT,
  issue_date TIMESTAMP WITH TIME ZONE,
  currency_id BIGINT,
  default_tax_type JSONB,
  sub_total_amount JSONB,
  total_tax JSONB,
  total_amount JSONB,
  total_balance JSONB,
  workflow_ref TEXT,
  workflow_version INTEGER,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT credit_memo_pkey PRIMARY KEY (id),
  CONSTRAINT credit_memo_billing_account_id_fkey FOREIGN KEY(billing_account_id) REFERENCES billing_account (id),
  CONSTRAINT credit_memo_invoice_id_fkey FOREIGN KEY(invoice_id) REFERENCES invoice (id),
  CONSTRAINT credit_memo_return_order_id_fkey FOREIGN KEY(return_order_id) REFERENCES return_order (id),
  CONSTRAINT credit_memo_currency_id_fkey FOREIGN KEY(currency_id) REFERENCES currency (id),
  CONSTRAINT credit_memo_ref_key UNIQUE (ref)
);

CREATE TABLE invoice_item (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT,
  description TEXT,
  product_id BIGINT,
  unit_quantity JSONB,
  unit_tax_type JSONB,
  unit_amount JSONB,
  amount JSONB,
  tax_amount JSONB,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  invoice_id BIGINT NOT NULL,
  billing_account_id BIGINT NOT NULL,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT invoice_item_pkey PRIMARY KEY (id),
  CONSTRAINT invoice_item_invoice_id_fkey FOREIGN KEY(invoice_id) REFERENCES invoice (id),
  CONSTRAINT invoice_item_billing_account_id_fkey FOREIGN KEY(billing_account_id) REFERENCES billing_account (id),
  CONSTRAINT invoice_item_invoice_id_ref_key UNIQUE (invoice_id, ref)
);

CREATE TABLE return_fulfilment_item (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  attributes JSONB,
  unit_quantity JSONB,
  return_order_fulfilment_id BIGINT NOT NULL,
  product_id BIGINT,
  return_order_item_id BIGINT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  return_order_id BIGINT NOT NULL,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT return_fulfilment_item_pkey PRIMARY KEY (id),
  CONSTRAINT return_fulfilment_item_return_order_fulfilment_id_fkey FOREIGN KEY(return_order_fulfilment_id) REFERENCES return_fulfilment (id),
  CONSTRAINT return_fulfilment_item_return_order_item_id_fkey FOREIGN KEY(return_order_item_id) REFERENCES return_order_item (id),
  CONSTRAINT return_fulfilment_item_return_order_id_fkey FOREIGN KEY(return_order_id) REFERENCES return_order (id),
  CONSTRAINT return_fulfilment_item_return_order_fulfilment_id_ref_key UNIQUE (return_order_fulfilment_id, ref)
);

CREATE TABLE carrier_details (
  id BIGINT NOT NULL,
  retailer_id BIGINT,
  agent_id BIGINT,
  carrier_id BIGINT,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT carrier_details_pkey PRIMARY KEY (id),
  CONSTRAINT carrier_details_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT carrier_details_agent_id_fkey FOREIGN KEY(agent_id) REFERENCES location (id),
  CONSTRAINT carrier_details_carrier_id_fkey FOREIGN KEY(carrier_id) REFERENCES carrier (id)
);

CREATE TABLE credit_memo_item (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT,
  description TEXT,
  credit_memo_id BIGINT NOT NULL,
  credit_reason_code JSONB,
  order_item_link JSONB,
  return_order_item_id BIGINT,
  product_id BIGINT,
  unit_quantity JSONB,
  unit_tax_type JSONB,
  unit_amount JSONB,
  unit_cost_amount JSONB,
  amount JSONB,
  tax_amount JSONB,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  billing_account_id BIGINT NOT NULL,
  retailer_id BIGINT NOT NULL,
  CONSTRAINT credit_memo_item_pkey PRIMARY KEY (id),
  CONSTRAINT credit_memo_item_credit_memo_id_fkey FOREIGN KEY(credit_memo_id) REFERENCES credit_memo (id),
  CONSTRAINT credit_memo_item_return_order_item_id_fkey FOREIGN KEY(return_order_item_id) REFERENCES return_order_item (id),
  CONSTRAINT credit_memo_item_billing_account_id_fkey FOREIGN KEY(billing_account_id) REFERENCES billing_account (id),
  CONSTRAINT credit_memo_item_credit_memo_id_ref_key UNIQUE (credit_memo_id, ref)
);

CREATE TABLE manifest (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  name TEXT,
  carrier_id BIGINT NOT NULL,
  attributes JSONB,
  type TEXT NOT NULL,
  status TEXT,
  location_id BIGINT,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  carrier_manifest_link TEXT,
  retailer_id BIGINT NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT manifest_pkey PRIMARY KEY (id),
  CONSTRAINT manifest_carrier_id_fkey FOREIGN KEY(carrier_id) REFERENCES carrier (id),
  CONSTRAINT manifest_location_id_fkey FOREIGN KEY(location_id) REFERENCES location (id),
  CONSTRAINT manifest_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT manifest_ref_key UNIQUE (ref)
);

CREATE TABLE payment (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  amount JSONB NOT NULL,
  retailer_id BIGINT NOT NULL,
  billing_account_id BIGINT,
  financial_transaction_id BIGINT,
  fulfilment_id BIGINT,
  credit_memo_id BIGINT,
  attributes JSONB,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT payment_pkey PRIMARY KEY (id),
  CONSTRAINT payment_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id),
  CONSTRAINT payment_billing_account_id_fkey FOREIGN KEY(billing_account_id) REFERENCES billing_account (id),
  CONSTRAINT payment_financial_transaction_id_fkey FOREIGN KEY(financial_transaction_id) REFERENCES financial_transaction (id),
  CONSTRAINT payment_fulfilment_id_fkey FOREIGN KEY(fulfilment_id) REFERENCES fulfilment (id),
  CONSTRAINT payment_credit_memo_id_fkey FOREIGN KEY(credit_memo_id) REFERENCES credit_memo (id),
  CONSTRAINT payment_ref_key UNIQUE (ref)
);

CREATE TABLE carrier_attribute (
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  carrier_details_id BIGINT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT carrier_attribute_pkey PRIMARY KEY (id),
  CONSTRAINT carrier_attribute_carrier_details_id_fkey FOREIGN KEY(carrier_details_id) REFERENCES carrier_details (id)
);

CREATE TABLE comment (
  id BIGINT NOT NULL,
  entity_type TEXT NOT NULL,
  entity_id BIGINT,
  entity_ref TEXT,
  text TEXT NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  user_id BIGINT,
  retailer_id BIGINT,
  CONSTRAINT comment_pkey PRIMARY KEY (id),
  CONSTRAINT comment_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT comment_retailer_id_fkey FOREIGN KEY(retailer_id) REFERENCES retailer (id)
);

CREATE TABLE manifest_carrier_consignment (
  carrier_consignment_id BIGINT NOT NULL,
  manifest_id BIGINT NOT NULL,
  CONSTRAINT manifest_carrier_consignment_pkey PRIMARY KEY (carrier_consignment_id, manifest_id),
  CONSTRAINT manifest_carrier_consignment_carrier_consignment_id_fkey FOREIGN KEY(carrier_consignment_id) REFERENCES carrier_consignment (id),
  CONSTRAINT manifest_carrier_consignment_manifest_id_fkey FOREIGN KEY(manifest_id) REFERENCES manifest (id)
);

CREATE TABLE payment_transaction (
  id BIGINT NOT NULL,
  ref TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  amount JSONB NOT NULL,
  currency_id BIGINT,
  payment_id BIGINT NOT NULL,
  payment_service_provider_id BIGINT,
  authorization_key TEXT,
  card_type TEXT,
  payment_method TEXT NOT NULL,
  attributes JSONB,
  workflow_ref TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  created_on TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_on TIMESTAMP WITH TIME ZONE NOT NULL,
  billing_account_id BIGINT,
  retailer_id BIGINT NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT payment_transaction_pkey PRIMARY KEY (id),
  CONSTRAINT payment_transaction_currency_id_fkey FOREIGN KEY(currency_id) REFERENCES currency (id),
  CONSTRAINT payment_transaction_payment_id_fkey FOREIGN KEY(payment_id) REFERENCES payment (id),
  CONSTRAINT payment_transaction_payment_service_provider_id_fkey FOREIGN KEY(payment_service_provider_id) REFERENCES payment_service_provider (id),
  CONSTRAINT payment_transaction_billing_account_id_fkey FOREIGN KEY(billing_account_id) REFERENCES billing_account (id),
  CONSTRAINT payment_transaction_ref_key UNIQUE (ref)
);

CREATE TABLE user_app (
  app_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  CONSTRAINT user_app_pkey PRIMARY KEY (app_id, user_id),
  CONSTRAINT user_app_app_id_fkey FOREIGN KEY(app_id) REFERENCES app (id),
  CONSTRAINT user_app_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE carrier_consignment_article (
  id BIGINT NOT NULL,
  article_id BIGINT NOT NULL,
  carrier_consignment_id BIGINT NOT NULL,
  CONSTRAINT carrier_consignment_article_pkey PRIMARY KEY (id),
  CONSTRAINT carrier_consignment_article_article_id_fkey FOREIGN KEY(article_id) REFERENCES article (id),
  CONSTRAINT carrier_consignment_article_carrier_consignment_id_fkey FOREIGN KEY(carrier_consignment_id) REFERENCES carrier_consignment (id),
  CONSTRAINT carrier_consignment_article_article_id_carrier_consignm_a32e UNIQUE (article_id, carrier_consignment_id)
);

CREATE INDEX control_group_created_on_id_idx ON control_group (created_on, id);

CREATE INDEX control_created_on_id_idx ON control (created_on, id);

CREATE INDEX fulfilment_option_created_on_id_idx ON fulfilment_option (created_on, id);

CREATE INDEX payment_service_provider_created_on_id_idx ON payment_service_provider (created_on, id);

CREATE INDEX billing_account_created_on_id_idx ON billing_account (created_on, id);

CREATE INDEX billing_account_customer_id_idx ON billing_account (customer_id);

CREATE INDEX billing_account_retailer_id_status_idx ON billing_account (retailer_id, status);

CREATE INDEX carrier_consignment_carrier_id_idx ON carrier_consignment (carrier_id);

CREATE INDEX carrier_consignment_created_on_id_idx ON carrier_consignment (created_on, id);

CREATE INDEX fulfilment_plan_created_on_id_idx ON fulfilment_plan (created_on, id);

CREATE INDEX fulfilment_plan_fulfilment_option_id_idx ON fulfilment_plan (fulfilment_option_id);

CREATE INDEX orders_payment_id_idx ON orders (payment_id) WHERE payment_id IS NOT NULL;

CREATE INDEX return_order_created_on_id_idx ON return_order (created_on, id);

CREATE INDEX return_order_customer_id_idx ON return_order (customer_id);

CREATE INDEX return_order_destination_location_link_idx ON return_order (destination_location_link);

CREATE INDEX return_order_exchange_order_link_idx ON return_order (exchange_order_link);

CREATE INDEX return_order_lodged_location_link_idx ON return_order (lodged_location_link);

CREATE INDEX return_order_order_link_idx ON return_order (order_link);

CREATE INDEX return_order_ref_idx ON return_order (ref);

CREATE INDEX return_order_status_created_on_idx ON return_order (status, created_on);

CREATE INDEX invoice_billing_account_id_idx ON invoice (billing_account_id);

CREATE INDEX invoice_created_on_id_idx ON invoice (created_on, id);

CREATE INDEX invoice_fulfilment_link_idx ON invoice (fulfilment_link);

CREATE INDEX invoice_order_link_idx ON invoice (order_link);

CREATE INDEX return_fulfilment_created_on_id_idx ON return_fulfilment (created_on, id);

CREATE INDEX return_fulfilment_destination_location_link_idx ON return_fulfilment (destination_location_link);

CREATE INDEX return_fulfilment_lodged_location_link_idx ON return_fulfilment (lodged_location_link);

CREATE INDEX return_order_item_order_item_link_idx ON return_order_item (order_item_link);

CREATE INDEX credit_memo_billing_account_id_idx ON credit_memo (billing_account_id);

CREATE INDEX credit_memo_created_on_id_idx ON credit_memo (created_on, id);

CREATE INDEX credit_memo_invoice_id_idx ON credit_memo (invoice_id);

CREATE INDEX credit_memo_order_link_idx ON credit_memo (order_link);

CREATE INDEX credit_memo_return_order_id_idx ON credit_memo (return_order_id);

CREATE INDEX invoice_item_billing_account_id_idx ON invoice_item (billing_account_id);

CREATE INDEX invoice_item_ref_idx ON invoice_item (ref);

CREATE INDEX return_fulfilment_item_return_order_id_idx ON return_fulfilment_item (return_order_id);

CREATE INDEX carrier_details_created_on_id_idx ON carrier_details (created_on, id);

CREATE INDEX credit_memo_item_billing_account_id_idx ON credit_memo_item (billing_account_id);

CREATE INDEX credit_memo_item_order_item_link_idx ON credit_memo_item (order_item_link);

CREATE INDEX credit_memo_item_ref_idx ON credit_memo_item (ref);

CREATE INDEX manifest_carrier_id_idx ON manifest (carrier_id);

CREATE INDEX manifest_created_on_id_idx ON manifest (created_on, id);

CREATE INDEX manifest_location_id_idx ON manifest (location_id);

CREATE INDEX payment_billing_account_id_idx ON payment (billing_account_id);

CREATE INDEX payment_created_on_id_idx ON payment (created_on, id);

CREATE INDEX payment_credit_memo_id_idx ON payment (credit_memo_id);

CREATE INDEX payment_financial_transaction_id_idx ON payment (financial_transaction_id);

CREATE INDEX payment_fulfilment_id_idx ON payment (fulfilment_id);

CREATE INDEX carrier_attribute_carrier_details_id_idx ON carrier_attribute (carrier_details_id);

CREATE INDEX comment_created_on_id_idx ON comment (created_on, id);

CREATE INDEX comment_entity_type_entity_id_idx ON comment (entity_type, entity_id);

CREATE INDEX comment_entity_type_entity_ref_idx ON comment (entity_type, entity_ref);

CREATE INDEX manifest_carrier_consignment_manifest_id_idx ON manifest_carrier_consignment (manifest_id);

CREATE INDEX payment_transaction_billing_account_id_idx ON payment_transaction (billing_account_id);

CREATE INDEX payment_transaction_created_on_id_idx ON payment_transaction (created_on, id);

CREATE INDEX payment_transaction_payment_id_idx ON payment_transaction (payment_id);

CREATE INDEX user_app_user_id_idx ON user_app (user_id);

CREATE INDEX carrier_consignment_article_carrier_consignment_id_idx ON carrier_consignment_article (carrier_consignment_id);

DROP INDEX orders_customer_id_idx;

CREATE INDEX orders_customer_id_idx ON orders (customer_id) WHERE customer_id IS NOT NULL;

DROP INDEX orders_billing_address_id_idx;

CREATE INDEX orders_billing_address_id_idx ON orders (billing_address_id) WHERE billing_address_id IS NOT NULL;

DROP INDEX article_storage_area_id_idx;

CREATE INDEX article_storage_area_id_idx ON article (storage_area_id) WHERE storage_area_id IS NOT NULL;

DROP INDEX virtual_position_position_id_idx;

CREATE INDEX virtual_position_position_id_idx ON virtual_position (position_id) WHERE position_id IS NOT NULL;
