"""The schema's history, one folder a stream: the control database, and the database of an account."""
