"""``penstock doctor``: is anything stuck, who works, what waits."""

from __future__ import annotations

from penstock.cli.doctor.command import doctor

__all__ = ["doctor"]
