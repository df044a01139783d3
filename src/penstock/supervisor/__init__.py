"""``penstock up``: one process that starts all others, keeps them running, and ends them in order."""
