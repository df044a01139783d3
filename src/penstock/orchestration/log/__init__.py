"""The log of events: its partitions, how long it is kept, and what a search knows before it opens a trace."""
