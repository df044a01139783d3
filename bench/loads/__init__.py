"""Loads of stock by batch: records a second, beside what PostgreSQL takes for the same rows."""
