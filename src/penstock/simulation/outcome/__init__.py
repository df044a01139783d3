"""What came of the orders of a variant: read, counted, compared."""
