"""Accounts and where they are; who may ask for tokens, and the tokens given."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

# Tokens are kept as hashes: whoever reads the table cannot use them. A user's number is only unique within
# an account, so every row names the account and none refers to a table of users.
TABLES = """
CREATE TABLE account (
    name text PRIMARY KEY,
    database_url text NOT NULL DEFAULT '',
    database_name text NOT NULL,
    handed_over boolean NOT NULL DEFAULT false,
    created_on timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN account.handed_over IS 'somebody holds the credentials of its first administrator';
COMMENT ON COLUMN account.database_url IS 'the server that holds it; empty: the one of this database';

CREATE TABLE oauth_client (
    client_id text PRIMARY KEY,
    account text NOT NULL REFERENCES account (name),
    secret_hash bytea NOT NULL,
    service_user_id bigint,
    access_seconds integer NOT NULL DEFAULT 86400,
    refresh_seconds integer
);

CREATE TABLE access_token (
    token_hash bytea PRIMARY KEY,
    account text NOT NULL REFERENCES account (name),
    client_id text NOT NULL,
    user_id bigint,
    expires_at timestamptz NOT NULL
);
CREATE INDEX access_token_user ON access_token (account, user_id);
CREATE INDEX access_token_expiry ON access_token (expires_at);

CREATE TABLE refresh_token (
    token_hash bytea PRIMARY KEY,
    account text NOT NULL REFERENCES account (name),
    client_id text NOT NULL,
    user_id bigint,
    expires_at timestamptz NOT NULL
);
CREATE INDEX refresh_token_user ON refresh_token (account, user_id);
CREATE INDEX refresh_token_expiry ON refresh_token (expires_at);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
