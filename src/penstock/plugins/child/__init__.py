"""What runs in the process of a plugin; the engine's side is :mod:`penstock.plugins.hosts`."""
