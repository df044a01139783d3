"""Which addresses a webhook may reach: public ones, on the ports of HTTP.

Whoever may change a setting names the URL, so without this the workers would be a way into the network that they
stand in.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from yarl import URL

from penstock.delivery.failures import RefusedError
from penstock.errors import shown
from penstock.settings import WEBHOOK_PORTS

_SCHEMES = ("http", "https")
# What Python's registry calls global, or forgets, in one version or another.
_NEVER = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",  # IPv4-compatible
        "64:ff9b:1::/48",  # NAT64 of one's own network
        "100::/64",
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
_NAT64 = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Guard:
    """What the operator allows.

    Attributes:
        ports: ports that may be connected to; empty: any.
        allow_loopback: whether loopback addresses may be, on any port; for tests.
    """

    ports: frozenset[int] = WEBHOOK_PORTS
    allow_loopback: bool = False

    def parse(self, url: str) -> URL:
        """Return the address, if a request may be sent there as far as it says itself.

        Raises:
            RefusedError: it may not; the message says what would.
        """
        try:
            parsed = URL(url)
            host, port = parsed.host, parsed.port
        except ValueError as error:
            raise RefusedError(f"url is {shown(url)}, which is no address: {error}") from None
        if parsed.scheme not in _SCHEMES or not host:
            raise RefusedError(f"url is {shown(url)}; give an address that begins with http:// or https://.")
        if parsed.user is not None or parsed.password is not None:
            raise RefusedError("url holds a user or a password, which webhooks do not send; leave them out.")
        if not self.allow_loopback:
            self._check_port(port or 0)
        if _literal(host):
            self.check(host, port or 0)
        return parsed

    def check(self, address: str, port: int) -> None:
        """Check an address that is to be connected to.

        Raises:
            RefusedError: webhooks do not go there.
        """
        found = _plain(ip_address(address.partition("%")[0]))
        if found.is_loopback and self.allow_loopback:
            return
        self._check_port(port)
        if not _public(found):
            raise RefusedError(f"{address} is not a public address; webhooks are sent to public addresses only.")

    def _check_port(self, port: int) -> None:
        if self.ports and port not in self.ports:
            allowed = ", ".join(str(p) for p in sorted(self.ports))
            raise RefusedError(f"port {port} is not allowed; use one of {allowed}, or set PENSTOCK_WEBHOOK_PORTS.")


def _literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, where the machine or its network would use that."""
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else address


def _public(address: Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    special = special or address.is_loopback or address.is_private or not address.is_global
    return not special and not any(address.version == n.version and address in n for n in _NEVER)
