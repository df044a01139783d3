"""Measurements of Penstock against limits that PostgreSQL itself sets on the same machine: ``python -m bench``."""
