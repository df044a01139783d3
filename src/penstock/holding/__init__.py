"""Holds: units promised to a cart or checkout for a time, before there is an order (docs/adr/0025)."""
