"""When a delivery that failed is tried again (spec 14 §4).

The first request goes out at once, and so does the first retry: five requests at most on either schedule.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

SETTING = "fc.rubix.sdk.webhook.retry.schedule"  # of a workflow
DEFAULT, EXPONENTIAL = "default", "exponential"
_WAITS = {
    DEFAULT: (0, 2, 4, 8),  # seconds before each retry
    EXPONENTIAL: (0, 60, 3_600, 86_400),
}


def schedule_of(settings: Any) -> str:
    """Return the schedule that the settings of a workflow document ask for; anything unknown means the default."""
    wanted = settings.get(SETTING) if isinstance(settings, dict) else None
    return EXPONENTIAL if wanted == EXPONENTIAL else DEFAULT


def wait_after(schedule: str, tries: int) -> timedelta | None:
    """Return how long to wait after so many failed tries; None after the last one."""
    waits = _WAITS.get(schedule, _WAITS[DEFAULT])
    return timedelta(seconds=waits[tries - 1]) if tries <= len(waits) else None
