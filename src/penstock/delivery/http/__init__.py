"""The one way out by HTTP: an address is checked, and then connected to and to no other."""
