"""The reference workflows that Penstock ships, as data (spec 34)."""
