"""Which addresses are called, and which are not."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.adapters.httpcore_sender import HttpcoreSender
from docmill.domain.addresses import OwnNetworks, own_networks, parse_target, require_callable, why_refused
from docmill.domain.errors import DocmillError
from docmill.domain.webhooks import SendCode

REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "2002:808:808::1",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2606:4700::1111%1",
]
CALLED = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "203.0.112.255",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "2620:4f:7fff::1",
    "3ffe::1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_on_the_internet_is_refused(address: str) -> None:
    assert why_refused(ip_address(address))


@pytest.mark.parametrize("address", CALLED)
def test_an_address_on_the_internet_is_called(address: str) -> None:
    assert why_refused(ip_address(address)) is None


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert len(REFUSED) >= 60
    assert len(CALLED) >= 25


@given(st.ip_addresses() | st.integers(0, 2**32 - 1).map(ip_address))
def test_what_python_takes_for_private_is_refused_too(address: IPv4Address | IPv6Address) -> None:
    assert address.is_global or why_refused(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "https://",
        "https:///path",
        "https://example.com:0/",
        "https://example.com:/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://@example.com/",
        "https://example.com@10.0.0.1/",
        "https://example.com#@10.0.0.1/",
        "https://example.com/#fragment",
        "https://example.com\\@10.0.0.1/",
        "https://exam ple.com/",
        "https://example.com/\r\nHost: other",
        "https://example.com/\x00",
        "https://bücher.example/",
        "https://example。com/",
        "https://ⓛocalhost/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://1.2.3.4.5/",
        "https://1.2.3.256/",
        "https://1.2.3.4./",
        "https://1.2.3.0x4/",
        "https://example.0x1/",
        "https://example.123/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.fe80]/",
        "https://[1.2.3.4]/",
        "https://-example.com/",
        "https://exa_mple-.com/",
        "https://example..com/",
        "https://.example.com/",
        "https://" + "a" * 64 + ".com/",
        "https://example.com/" + "a" * 2_000,
    ],
)
def test_an_address_that_two_programs_might_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(DocmillError) as caught:
        parse_target(url)
    assert caught.value.code == "address_refused"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://example.com", ("https", "example.com", 443, "/")),
        ("https://EXAMPLE.com:8443/a?b=c%20d", ("https", "example.com", 8443, "/a?b=c%20d")),
        ("http://hooks.intern:9000/x", ("http", "hooks.intern", 9000, "/x")),
        ("https://xn--bcher-kva.example/", ("https", "xn--bcher-kva.example", 443, "/")),
        ("https://8.8.8.8/", ("https", "8.8.8.8", 443, "/")),
        ("https://[2606:4700:0::1111]:8443/", ("https", "2606:4700::1111", 8443, "/")),
        ("https://[::ffff:10.0.0.1]/", ("https", "::ffff:a00:1", 443, "/")),
    ],
)
def test_a_plain_address_is_taken_apart(url: str, parts: tuple[str, str, int, str]) -> None:
    target = parse_target(url)
    assert (target.scheme, target.host, target.port, target.path) == parts


@pytest.mark.parametrize(
    ("url", "addresses", "refused"),
    [
        ("https://example.com/", ["8.8.8.8"], False),
        ("https://example.com:8443/", ["8.8.8.8", "2606:4700::1111"], False),
        ("http://example.com/", ["8.8.8.8"], True),
        ("https://example.com:22/", ["8.8.8.8"], True),
        ("https://example.com/", ["8.8.8.8", "10.0.0.1"], True),  # one of them is enough
        ("https://example.com/", [], True),
        ("https://example.com/", ["8.8.8.8"] * 17, True),
        ("http://hooks.intern:9000/", ["10.1.2.3"], False),  # the name is the operator's own
        ("http://other.intern:9000/", ["10.9.2.3", "10.9.2.4"], False),  # the network is
        ("http://other.intern:9000/", ["10.9.2.3", "10.8.2.4"], True),
        ("https://10.9.0.1:1/", ["10.9.0.1"], False),
    ],
)
def test_every_address_of_a_name_counts_and_own_networks_are_let_through(
    url: str,
    addresses: list[str],
    *,
    refused: bool,
) -> None:
    own = own_networks("hooks.intern, 10.9.0.0/16")
    target = parse_target(url)
    if refused:
        with pytest.raises(DocmillError):
            require_callable(target, [ip_address(one) for one in addresses], own)
    else:
        require_callable(target, [ip_address(one) for one in addresses], own)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "what ever/9", "exa mple, :", "127.1", "http://x"])
def test_an_allowance_that_is_neither_name_nor_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        own_networks(text)


async def test_a_name_that_changes_its_address_after_it_was_checked_is_not_called() -> None:
    """DNS rebinding: the first answer is on the internet, the second is the machine itself."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "169.254.169.254"]])

    async def rebinding(_name: str, _port: int) -> list[str]:
        return next(answers)

    sender = HttpcoreSender(OwnNetworks(), resolve=rebinding)
    await sender.check("https://rebind.example.com/")
    for _ in range(2):
        assert (await sender.send("https://rebind.example.com/", b"{}", {})).code is SendCode.ADDRESS_REFUSED
