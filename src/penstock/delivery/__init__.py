"""Webhooks on their way out: the outbox, signatures, the guarded client, retries, circuits, the log (spec 14)."""
