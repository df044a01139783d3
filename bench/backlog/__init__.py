"""A backlog of events: what the engine takes for each, and what DBOS takes for the same work."""
