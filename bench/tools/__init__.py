"""What the measurements share: a house of their own, orders in it, load over HTTP, pgbench, CPU and tables."""
