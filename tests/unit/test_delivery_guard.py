"""Where webhooks may go: no address of the workers' own network, however it is written or resolved."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer

from penstock.delivery.failures import RefusedError
from penstock.delivery.http.client import Client
from penstock.delivery.http.guard import Guard
from penstock.delivery.http.resolver import guarded_socket
from penstock.delivery.targets import target_of

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

EVERY = "0.0.0.0"  # noqa: S104 - the guard is asked about this address, and nothing listens there
FORBIDDEN = (
    EVERY,
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)
ALLOWED = ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8")


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_address_that_is_not_public(address: str) -> None:
    with pytest.raises(RefusedError, match="not a public address"):
        Guard().check(address, 443)
    with pytest.raises(OSError, match="not a public address"):
        guarded_socket(Guard())((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)))


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses(address: str) -> None:
    Guard().check(address, 443)
    Guard().check(address, 80)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "begins with http"),
        ("file:///etc/passwd", "begins with http"),
        ("example.com/x", "begins with http"),
        ("http://", "begins with http|no address"),
        ("", "begins with http"),
        ("http://user@example.com/", "user or a password"),
        ("http://user:secret@example.com/", "user or a password"),
        ("http://example.com:8080/", "port 8080 is not allowed"),
        ("https://example.com:22/", "port 22 is not allowed"),
        ("http://10.0.0.1/", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("http://[::ffff:127.0.0.1]/", "not a public address"),
        ("http://example.com:99999/", "no address"),
        ("http://[::1/", "no address"),
    ],
)
def test_addresses_that_refuse_themselves(url: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason) as refused:
        Guard().parse(url)
    assert "secret" not in refused.value.message


def test_ports_are_a_choice() -> None:
    Guard().parse("https://example.com/")
    Guard(frozenset({8443})).parse("https://example.com:8443/")
    Guard(frozenset()).parse("https://example.com:9/")
    with pytest.raises(RefusedError, match="use one of 8443"):
        Guard(frozenset({8443})).parse("https://example.com/")


def test_loopback_for_tests_opens_nothing_else() -> None:
    guard = Guard(allow_loopback=True)
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        guard.check(address, 12_345)
    for address in ("10.0.0.1", "169.254.169.254", EVERY, "fe80::1"):
        with pytest.raises(RefusedError):
            guard.check(address, 80)
    guard.check("8.8.8.8", 443)
    with pytest.raises(RefusedError, match="port 12345"):
        guard.check("8.8.8.8", 12_345)


class Names(AbstractResolver):
    """A resolver whose answers a test gives, in turn; it counts the questions."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the next answer, and the last one again and again."""
        del family
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in found
        ]

    async def close(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["2606:4700:4700::1111", "::1"]])
async def test_one_bad_address_among_those_of_a_name_refuses_it(answer: list[str]) -> None:
    names = Names(answer)
    async with Client(Guard(), names) as client:
        outcome = await client.post("http://innocent.example/", b"{}", {})
    assert outcome.refused
    assert "not a public address" in (outcome.error or "")
    assert names.asked == 1


async def _served(request: web.Request) -> web.Response:
    return web.Response(text=request.headers["Host"])


async def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    """A name that is good when asked first, and bad when asked again, is asked once."""
    application = web.Application()
    application.router.add_post("/", _served)
    async with TestServer(application, host="127.0.0.1") as server:
        names = Names(["127.0.0.1"], ["10.0.0.1"])
        async with Client(Guard(allow_loopback=True), names) as client:
            url = f"http://rebinding.example:{server.port}/"
            outcome = await client.post(url, b"{}", {})
            assert (outcome.code, outcome.response) == (200, f"rebinding.example:{server.port}")
            assert names.asked == 1
            again = await client.post(url, b"{}", {})
    assert again.refused, "each request is checked, and no connection is kept"
    assert names.asked == 2


async def test_numbers_that_look_like_no_address_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # nor is a proxy asked
    async with Client(Guard()) as client:
        wide = "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT SEVEN}.0.0.1"
        for host in ("2130706433", "127.1", "0x7f.0.0.1", "017700000001", "localhost", wide):
            outcome = await client.post(f"http://{host}/", b"{}", {})
            assert outcome.code is None, host
            assert outcome.error, host


def test_targets() -> None:
    assert target_of("HTTPS://Hooks.Example.com/a?b#c") == ("https://hooks.example.com:443", "hooks.example.com")
    assert target_of("http://x.example:8080") == ("http://x.example:8080", "x.example")
    assert target_of("http://[::1]/") == ("http://[::1]:80", "::1")
    assert target_of("nonsense") == target_of("http://[") == ("", "")
