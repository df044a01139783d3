"""Accounts, users, roles, tokens and permissions."""
