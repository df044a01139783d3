"""PostgreSQL as a child process: its programs, its cluster, its start and its end."""
