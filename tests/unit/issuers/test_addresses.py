"""Addresses that key sets are fetched from, and those that are not."""

import pytest

from authsvc.issuers.addresses import is_public

PUBLIC = ["1.1.1.1", "93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]
PRIVATE = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
    "link-local": ["169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0"],
    "this host": ["0.0.0.0", "::", "0.1.2.3"],
    "shared": ["100.64.0.1", "100.127.255.255"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.1", "2001:db8::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "site-local": ["fec0::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"],
    "6to4": ["2002:7f00:1::", "2002:a00:1::1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1"],
    "teredo": ["2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"],
    "none": ["", "localhost", "127.1", "0x7f000001", "2130706433", "1.1.1.1.", "1.1.1.1:443"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [address for addresses in PRIVATE.values() for address in addresses])
def test_other_addresses(address: str) -> None:
    assert not is_public(address)
