"""Where a request comes from, as far as it can be believed: the peer, or what a trusted proxy says of it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from app.config import Networks, settings

Address = IPv4Address | IPv6Address
_ONE_HOUSEHOLD = 64
"""One customer of a provider has 2^64 addresses of IPv6, so they count as one."""


def of_caller(peer: str, forwarded_for: Sequence[str]) -> str:
    """Return the caller's address. `X-Forwarded-For` counts as far as trusted proxies wrote it, read backwards."""
    trusted = settings().trusted_proxies
    nearest = peer
    said = [hop.strip() for value in forwarded_for for hop in value.split(",") if hop.strip()]
    while said and _is_within(nearest, trusted):
        hop = said.pop()
        if _read(hop) is None:
            break  # whoever wrote this is no proxy of ours: the last one that could be believed answers for it
        nearest = hop
    return nearest


def counted_as(address: str) -> str:
    """Return the name under which attempts from an address are counted."""
    read = _read(address)
    if isinstance(read, IPv6Address):
        return str(ip_network((read, _ONE_HOUSEHOLD), strict=False))
    return str(read) if read else address[:64]


def is_loopback(address: str) -> bool:
    """Tell whether an address, or a host's name, is this machine itself."""
    read = _read(address.strip("[]"))
    return read.is_loopback if read else address.lower() == "localhost"


def _is_within(address: str, networks: Networks) -> bool:
    read = _read(address)
    return read is not None and any(read in network for network in networks)


def _read(address: str) -> Address | None:
    try:
        read = ip_address(address)
    except ValueError:
        return None
    mapped = read.ipv4_mapped if isinstance(read, IPv6Address) else None
    return mapped or read
