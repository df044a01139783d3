"""The arithmetic of returns: how much may come back, which way it goes, what follows (spec 33). Pure functions."""
