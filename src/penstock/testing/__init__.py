"""Test kit for rules and workflows: in memory, in milliseconds, without a database.

One rule, with a tree and answers that the test gives: :func:`run`. A whole workflow, with the engine's own parts:
:class:`penstock.testing.simulation.Simulation`. Both hold every rule to what it has declared.
"""

from __future__ import annotations

from penstock.testing.context import FakeContext
from penstock.testing.declared import UndeclaredError, checked
from penstock.testing.one_rule import run, run_all, run_rule
from penstock.testing.trees import NOW, Tree, row

__all__ = ["NOW", "FakeContext", "Tree", "UndeclaredError", "checked", "row", "run", "run_all", "run_rule"]
