"""Where a webhook goes, as far as its address says so: what deliveries are grouped by."""

from __future__ import annotations

from yarl import URL

NOWHERE = ("", "")


def target_of(url: str) -> tuple[str, str]:
    """Return ``scheme://host:port`` and the host; both empty for what is no address."""
    try:
        parsed = URL(url)
        scheme, host, port = parsed.scheme, parsed.host, parsed.port
    except ValueError:
        return NOWHERE
    if not scheme or not host:
        return NOWHERE
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port or 80}", host
