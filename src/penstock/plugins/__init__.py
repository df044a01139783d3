"""Rules that users bring: uploaded plugins, each run in a process of its own (spec 11 §7, 13 §14)."""
