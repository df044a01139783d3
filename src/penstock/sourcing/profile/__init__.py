"""Sourcing profiles: which strategy applies, how it rates locations, and the plan that follows. Pure functions.

``conditions`` and ``criteria`` are kept by type, so that packages beside Penstock add their own:
:func:`condition` and :func:`criterion` (spec 22 §7 to §11).
"""

from __future__ import annotations

from penstock.sourcing.profile import (  # the reference types, by import
    capacity,
    cheapest,
    coverage,
    exclusions,
    nearness,
    paths,
)
from penstock.sourcing.profile.conditions import CONDITIONS, SourcingContext, condition
from penstock.sourcing.profile.criteria import CRITERIA, EXCLUDED, Criterion, criterion
from penstock.sourcing.profile.described import Param
from penstock.sourcing.profile.failures import ProfileError
from penstock.sourcing.profile.need import Candidate, Line, Need
from penstock.sourcing.profile.params import Params

__all__ = [
    "CONDITIONS",
    "CRITERIA",
    "EXCLUDED",
    "Candidate",
    "Criterion",
    "Line",
    "Need",
    "Param",
    "Params",
    "ProfileError",
    "SourcingContext",
    "capacity",
    "cheapest",
    "condition",
    "coverage",
    "criterion",
    "exclusions",
    "nearness",
    "paths",
]
