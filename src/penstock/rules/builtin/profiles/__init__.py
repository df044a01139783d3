"""Rules that source by a profile: its strategies, their criteria, and the plan (spec 22 §7 to §12, §17)."""
