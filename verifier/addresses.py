"""Which internet addresses the gate may connect to on a stranger's word: public ones, whatever spelling hides them."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_IPv4 = ipaddress.IPv4Address
_IPv6 = ipaddress.IPv6Address

_V4_REFUSED: Final = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments, among them the NAT64 discovery addresses
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
)
_V6_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED: Final = (
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments, among them Teredo
    ipaddress.IPv6Network("2001:db8::/32"),
    ipaddress.IPv6Network("3fff::/20"),  # documentation
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet; an IPv6 address that wraps an IPv4 one is unwrapped first."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, _IPv4) else _is_public_v6(parsed)


def is_loopback(address: str) -> bool:
    """Whether the address is this machine itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, _IPv6) else None
    return (mapped or parsed).is_loopback


def is_loopback_name(host: str) -> bool:
    """Whether the host, as written, can only mean this machine: `localhost`, 127.x.x.x or ::1."""
    return host == "localhost" or is_loopback(host)


def is_disguised_address(host: str) -> bool:
    """Whether the host is an IPv4 address in other clothes: 2130706433, 0x7f.1, 0177.0.0.1, 127.1.

    A last label that is a number makes clients read the whole host as an address (URL standard, "ends in a number").
    """
    if ":" in host:
        return False
    last = host.rstrip(".").rpartition(".")[2]
    if not re.fullmatch(r"\d+|0x[0-9a-f]*", last, re.ASCII | re.IGNORECASE):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    special = address.is_multicast or address.is_reserved or any(address in network for network in _V4_REFUSED)
    return address.is_global and not special


def _is_public_v6(address: ipaddress.IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return _is_public_v4(inner)
    return address in _V6_GLOBAL_UNICAST and address.is_global and not any(address in net for net in _V6_REFUSED)
