"""Everything of one account."""
