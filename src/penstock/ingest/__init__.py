"""Jobs and batches: what arrives in bulk is accepted at once and brought in by the workers (spec 11 §3, §4)."""
