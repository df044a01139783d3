"""Webhooks and mails on their way out: outbox, signatures, the guarded client, retries, circuits, log (spec 14)."""
