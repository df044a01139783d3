"""What an operator may choose, and what is said about what cannot be."""

from __future__ import annotations

import pytest

from penstock.errors import SetupError
from penstock.settings import Settings

SECRET = "0123456789" * 4


def test_settings_of_webhooks() -> None:
    plain = Settings.from_environment({})
    assert (plain.secret, plain.webhook_ports, plain.webhook_allow_loopback) == ("", frozenset({80, 443}), False)
    assert (plain.webhook_key_bits, plain.webhook_days) == (2_048, 30)
    given = {
        "PENSTOCK_SECRET": SECRET,
        "PENSTOCK_WEBHOOK_PORTS": "80, 8443",
        "PENSTOCK_WEBHOOK_ALLOW_LOOPBACK": "1",
        "PENSTOCK_WEBHOOK_KEY_BITS": "1024",
        "PENSTOCK_WEBHOOK_DAYS": "0",
    }
    chosen = Settings.from_environment(given)
    assert (chosen.secret, chosen.webhook_ports, chosen.webhook_allow_loopback) == (SECRET, frozenset({80, 8443}), True)
    assert (chosen.webhook_key_bits, chosen.webhook_days) == (1_024, 0)
    assert Settings.from_environment({"PENSTOCK_WEBHOOK_PORTS": "any"}).webhook_ports == frozenset()
    assert SECRET not in repr(chosen)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PENSTOCK_SECRET", "short"),
        ("PENSTOCK_WEBHOOK_PORTS", "80,x"),
        ("PENSTOCK_WEBHOOK_PORTS", "0"),
        ("PENSTOCK_WEBHOOK_PORTS", "65536"),
        ("PENSTOCK_WEBHOOK_ALLOW_LOOPBACK", "yes"),
        ("PENSTOCK_WEBHOOK_KEY_BITS", "512"),
        ("PENSTOCK_WEBHOOK_DAYS", "-1"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SetupError, match=name) as refused:
        Settings.from_environment({name: value})
    assert name == "PENSTOCK_SECRET" or value in refused.value.message
