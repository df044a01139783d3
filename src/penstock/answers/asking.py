"""Who asks: what answers need to know of a question's context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.orchestration.run import Run
    from penstock.rules.context import Ask


def run_of(ask: Ask[Any]) -> Run:
    """Return the run that a question comes from, with its own changes."""
    run: Run = ask.context.run  # type: ignore[attr-defined]  # Context is what rules see, and they see no run
    return run
