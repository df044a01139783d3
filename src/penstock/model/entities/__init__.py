"""Every entity of Penstock, declared once, a file an area."""
