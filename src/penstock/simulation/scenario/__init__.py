"""What a scenario changes: the file, as it is read, and how each part of it reaches a fork."""
