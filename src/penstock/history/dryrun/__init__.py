"""Dry runs: a changed workflow over recorded events, with nothing written and nothing sent.

``past.py`` follows what really happened to a lane, ``lane.py`` what would have; ``world.py`` runs both in the order
of time, and ``report.py`` tells where they end differently. Beside them: ``post.py`` knows what lanes send each other,
``arriving.py``, ``executing.py`` and ``sending.py`` take an event from one lane to the next, ``asking.py`` and
``own_rows.py`` answer its rules from ``knowledge.py``, ``facts.py`` and ``others.py``. ``stock.py`` and ``ledger.py``
do what the database does with stock; ``doubts.py`` and ``uncertain.py`` know what differs, and what nobody knows.
"""
