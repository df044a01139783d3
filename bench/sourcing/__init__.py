"""Sourcing: orders of ten lines over two hundred locations, by criteria and by the cheapest plan."""
