"""Fulfilment options that a sourcing profile plans: a sourcing request may be an option (spec 22 §7, 21 §9)."""
