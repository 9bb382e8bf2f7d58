"""Which addresses a key set may be fetched from: those of the public internet, unless the server is for development."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_SITE_LOCAL = IPv6Network("fec0::/10")


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet: neither private, loopback nor link-local, and no way round to one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_public, (address, *_within(address))))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not (address.version == 6 and address in _SITE_LOCAL)  # noqa: PLR2004 (the IP version)


def _within(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _NAT64):
        found.append(IPv4Address(address.packed[-4:]))
    return tuple(inner for inner in found if inner is not None)
