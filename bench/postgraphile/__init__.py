"""Penstock's reads beside those of PostGraphile, on the same tables in the same minutes."""
