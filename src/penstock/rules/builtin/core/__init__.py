"""Rules for any entity (spec 35 §1)."""
