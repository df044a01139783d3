"""Penstock: a distributed order management system."""
