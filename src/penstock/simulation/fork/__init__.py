"""A consistent copy of one account on a server that is thrown away afterwards."""
