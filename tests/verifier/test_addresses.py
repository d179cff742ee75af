"""The gate connects to public addresses only, in whatever spelling a stranger hides another one."""

from __future__ import annotations

import pytest

from verifier.addresses import is_disguised_address, is_loopback_name, is_public
from verifier.errors import Unreachable
from verifier.web_address import parse_web_address


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("8.8.8.8", id="ipv4"),
        pytest.param("2606:4700::1111", id="ipv6"),
        pytest.param("::ffff:8.8.8.8", id="public ipv4 mapped into ipv6"),
        pytest.param("64:ff9b::808:808", id="public ipv4 behind NAT64"),
        pytest.param("2002:808:808::1", id="public ipv4 in 6to4"),
    ],
)
def test_public_addresses_are_let_through(address: str) -> None:
    """A public address is public in each of its spellings."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.8.9.10", id="loopback block"),
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("10.1.2.3", id="private 10"),
        pytest.param("172.16.0.1", id="private 172.16"),
        pytest.param("192.168.1.1", id="private 192.168"),
        pytest.param("169.254.169.254", id="link local, where clouds keep their secrets"),
        pytest.param("100.64.0.1", id="carrier grade NAT"),
        pytest.param("192.0.0.8", id="protocol assignments"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("192.88.99.1", id="6to4 relay"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::1", id="ipv6 loopback"),
        pytest.param("::", id="ipv6 unspecified"),
        pytest.param("::ffff:127.0.0.1", id="loopback mapped into ipv6"),
        pytest.param("::ffff:169.254.169.254", id="link local mapped into ipv6"),
        pytest.param("::127.0.0.1", id="loopback in an ipv4-compatible address"),
        pytest.param("2002:7f00:1::", id="loopback in 6to4"),
        pytest.param("2002:c0a8:101::1", id="private in 6to4"),
        pytest.param("64:ff9b::7f00:1", id="loopback behind NAT64"),
        pytest.param("64:ff9b::a9fe:a9fe", id="link local behind NAT64"),
        pytest.param("64:ff9b:1::808:808", id="local-use NAT64"),
        pytest.param("2001:0:808:808::1", id="Teredo"),
        pytest.param("fe80::1", id="ipv6 link local"),
        pytest.param("fe80::1%eth0", id="ipv6 link local with zone"),
        pytest.param("2606:4700::1111%eth0", id="ipv6 with zone"),
        pytest.param("fec0::1", id="ipv6 site local"),
        pytest.param("fd00::1", id="ipv6 unique local"),
        pytest.param("ff02::1", id="ipv6 multicast"),
        pytest.param("2001:db8::1", id="ipv6 documentation"),
        pytest.param("3fff::1", id="ipv6 documentation, new"),
        pytest.param("5f00::1", id="segment routing"),
        pytest.param("100::1", id="discard"),
        pytest.param("4000::1", id="not assigned"),
        pytest.param("localhost", id="a name"),
        pytest.param("", id="nothing"),
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    """Everything that is not on the public internet is refused, wrapped or not."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("2130706433", id="decimal"),
        pytest.param("0x7f000001", id="hexadecimal"),
        pytest.param("0x", id="empty hexadecimal"),
        pytest.param("017700000001", id="octal"),
        pytest.param("0177.0.0.1", id="octal part"),
        pytest.param("127.0.0.0x1", id="hexadecimal part"),
        pytest.param("127.1", id="two parts"),
        pytest.param("127.0.1", id="three parts"),
        pytest.param("127.0.0.1.", id="with a root dot"),
        pytest.param("example.1", id="name that ends in a number"),
        pytest.param("010.0.0.1", id="leading zero"),
    ],
)
def test_addresses_in_disguise_are_known(host: str) -> None:
    """A host that clients would read as an IPv4 address is one, unless it is written plainly."""
    assert is_disguised_address(host)
    with pytest.raises(Unreachable, match="disguise"):
        parse_web_address(f"https://{host}/did.json")


def test_plain_hosts_are_not_in_disguise() -> None:
    """Names and plain addresses are what they seem."""
    assert not is_disguised_address("issuer.example")
    assert not is_disguised_address("127.0.0.1")
    assert not is_disguised_address("2001:db8::1")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_names(host: str) -> None:
    """This machine has few names; whatever else resolves to it is not one of them."""
    assert is_loopback_name(host)
    assert not is_loopback_name(f"{host}.example")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ftp://issuer.example/", id="other scheme"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("issuer.example", id="no scheme"),
        pytest.param("https:///did.json", id="no host"),
        pytest.param("https://.issuer.example/", id="empty first label"),
        pytest.param("https://issuer..example/", id="empty label"),
        pytest.param("https://issuer.example./", id="root dot"),
        pytest.param("https://-issuer.example/", id="label that begins with a hyphen"),
        pytest.param(f"https://{'a' * 64}.example/", id="label too long"),
        pytest.param("https://" + "a." * 127 + "example/", id="host too long"),
        pytest.param("https://[12345::]/", id="no IPv6 address"),
        pytest.param("https://user:secret@issuer.example/", id="user name"),
        pytest.param("https://issuer.example@127.0.0.1/", id="host in front of another"),
        pytest.param("https://issuer.example\\@127.0.0.1/", id="backslash"),
        pytest.param("https://issuer.example/\r\nX: y", id="line break"),
        pytest.param("https://issuer.example/a b", id="space"),
        pytest.param("https://①②⑦.0.0.1/", id="digits in circles"),
        pytest.param("https://issuer.example:0/", id="port 0"),
        pytest.param("https://issuer.example:99999/", id="port too high"),
        pytest.param("https://[fe80::1%25eth0]/", id="zone"),
        pytest.param("https://[::1/", id="half a bracket"),
        pytest.param("https://issuer.example/" + "a" * 2100, id="too long"),
    ],
)
def test_odd_web_addresses_are_refused(url: str) -> None:
    """What two programs could read differently is not asked for at all."""
    with pytest.raises(Unreachable):
        parse_web_address(url)


def test_a_web_address_is_taken_apart() -> None:
    """Scheme, host, port and target come out of one parser, the fragment stays behind."""
    address = parse_web_address("https://Issuer.Example:8443/a/b?c=d#key-1")
    assert (address.scheme, address.host, address.port, address.target) == (
        "https",
        "issuer.example",
        8443,
        "/a/b?c=d",
    )
    assert address.authority == "issuer.example:8443"
    assert address.url == "https://Issuer.Example:8443/a/b?c=d"
    assert parse_web_address("https://[2606:4700::1]/").authority == "[2606:4700::1]"
    assert parse_web_address("https://issuer.example").target == "/"
    assert parse_web_address("https://issuer.example?a=b").target == "/?a=b"
