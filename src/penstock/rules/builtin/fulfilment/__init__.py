"""Rules of waves: picking several fulfilments of a location together (spec 35 §7)."""
