"""The engine's side of the processes that plugins run in; the other side is :mod:`penstock.plugins.child`."""
