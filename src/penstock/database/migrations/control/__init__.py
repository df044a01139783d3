"""Accounts, OAuth clients and tokens."""
