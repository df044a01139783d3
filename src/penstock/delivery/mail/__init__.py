"""Mails on their way out: rows of the outbox like webhooks, given to the installation's server (spec 35 §10)."""
