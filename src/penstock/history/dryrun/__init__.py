"""Dry runs: a changed workflow over recorded events, with nothing written and nothing sent.

``past.py`` follows what really happened to a lane, ``lane.py`` what would have; ``world.py`` runs both in the order
of time, and ``report.py`` tells where they end differently.
"""
