"""Which addresses docmill calls when somebody else names them, and which it does not.

Whoever may name a URL could otherwise have docmill ask servers of its operator's own network (SSRF). Pure:
names are resolved elsewhere, and every address that comes of it is checked here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.webhooks import WEBHOOK_ADDRESSES_MAX, WEBHOOK_PORTS, WEBHOOK_URL_CHARS_MAX

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registries, and what clouds answer on: 168.63.129.16 is Azure's, the rest of them are
# link-local (169.254.169.254), in 100.64.0.0/10 or in 192.0.0.0/24.
_REFUSED_V4: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a provider's customers"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "a cloud's own"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "for protocols"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarks"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
)
# Of IPv6 only 2000::/3 is the internet. Refused within it is what carries IPv4 addresses or is not routed.
_INTERNET_V6 = IPv6Network("2000::/3")
_REFUSED_V6: tuple[tuple[str, str], ...] = (
    ("2001::/23", "for protocols, Teredo among them"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
)
_NAMED_V6: tuple[tuple[str, str], ...] = (
    ("::1/128", "loopback"),
    ("::/128", "unspecified"),
    ("::ffff:0:0/96", "IPv4 within IPv6"),
    ("64:ff9b::/96", "IPv4 behind NAT64"),
    ("64:ff9b:1::/48", "IPv4 behind NAT64"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
)

_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. ``host`` is lower-case: a name, or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def address(self) -> Address | None:
        """The host as an address, None where it is a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class OwnNetworks:
    """What an operator lets be called although it is not on the internet; by http and on any port too."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def has(self, target: Target, addresses: Sequence[Address]) -> bool:
        if target.host in self.names:
            return True
        return bool(addresses) and all(
            any(address in network for network in self.networks) for address in addresses
        )


def own_networks(text: str) -> OwnNetworks:
    """Read ``10.1.0.0/16, hooks.intern``. Raises ValueError naming the entry that is neither."""
    names: set[str] = set()
    networks: list[Network] = []
    for entry in text.replace(",", " ").lower().split():
        try:
            networks.append(ip_network(entry))
        except ValueError:
            if not _NAME.fullmatch(entry) or _ends_in_number(entry):
                raise ValueError(entry) from None
            names.add(entry)
    return OwnNetworks(frozenset(names), tuple(networks))


def parse_target(url: str) -> Target:
    """Raise DocmillError(address_refused) for anything that two programs might read in two ways.

    No user, no fragment, no backslash, no letters beyond ASCII; an IPv4 address only as four decimal numbers.
    """
    if len(url) > WEBHOOK_URL_CHARS_MAX or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise refused("want printable ASCII; write a name of other letters in its xn-- form")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused("that is no address") from None
    if parts.scheme not in ("https", "http"):
        raise refused("want one that begins with https://")
    if "@" in parts.netloc:
        raise refused("no user and no password in it")
    if parts.fragment or url.endswith("#"):
        raise refused("no fragment in it")
    if port == 0 or parts.netloc.endswith(":"):
        raise refused("that is no port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    default = 443 if parts.scheme == "https" else 80
    return Target(parts.scheme, _host(parts.netloc, parts.hostname or ""), port or default, path)


def _host(netloc: str, host: str) -> str:
    if netloc.startswith("["):
        try:
            return str(IPv6Address(host)) if "%" not in host else _no_host()
        except ValueError:
            return _no_host()
    if _ends_in_number(host):
        try:
            address = str(IPv4Address(host))  # refuses octal, hexadecimal, and fewer than four numbers
        except ValueError:
            return _no_host()
        return address if address == host else _no_host()
    return host if _NAME.fullmatch(host) else _no_host()


def _no_host() -> str:
    raise refused("its host is neither a name nor an address in the usual form")


def _ends_in_number(host: str) -> bool:
    """Where programs differ on whether it is a name or an address (WHATWG URL, "ends in a number")."""
    return bool(_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]))


def require_callable(target: Target, addresses: Sequence[Address], own: OwnNetworks) -> None:
    """Raise DocmillError(address_refused) unless every one of the addresses may be called."""
    if not addresses:
        raise refused("its name has no address")
    if len(addresses) > WEBHOOK_ADDRESSES_MAX:
        raise refused(f"its name has more than {WEBHOOK_ADDRESSES_MAX} addresses")
    if own.has(target, addresses):
        return
    if target.scheme != "https":
        raise refused("want one that begins with https://")
    if target.port not in WEBHOOK_PORTS:
        raise refused(f"want port {' or '.join(map(str, WEBHOOK_PORTS))}")
    for address in addresses:
        if reason := why_refused(address):
            raise refused(f"it leads to an address that is not on the internet ({reason})")


def why_refused(address: Address) -> str | None:
    """Say what an address is that is not on the internet; None for one that is."""
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in _networks(_REFUSED_V4) if address in network), None)
    if address in _INTERNET_V6 and address.scope_id is None:
        return next((reason for network, reason in _networks(_REFUSED_V6) if address in network), None)
    return next((reason for network, reason in _networks(_NAMED_V6) if address in network), "reserved")


@cache
def _networks(table: tuple[tuple[str, str], ...]) -> tuple[tuple[Network, str], ...]:
    return tuple((ip_network(text), reason) for text, reason in table)


def refused(detail: str) -> DocmillError:
    return DocmillError(ErrorCode.ADDRESS_REFUSED, f"The address is refused: {detail}.")
