"""The network that tries are counted by cannot be chosen by whoever tries."""

import pytest

from idp.domain.network import UNKNOWN, client_address, prefix, proxies

OURS = proxies("10.0.0.0/8, fd00::1")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.0/24"),
        ("2001:db8:1:22ff::1", "2001:db8:1:2200::/56"),
        ("2001:DB8:1:2200:0:0:0:9", "2001:db8:1:2200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", UNKNOWN),
        ("testclient", UNKNOWN),
        ("192.0.2.1.5", UNKNOWN),
        ("0300.0.2.1", UNKNOWN),
    ],
)
def test_an_address_counts_by_its_network(address: str, expected: str):
    assert prefix(address) == expected


@pytest.mark.spec("RFC 4291 §2.5.5.2")
@pytest.mark.parametrize(
    "address", ["::ffff:192.0.2.77", "::FFFF:c000:24d", "2002:c000:24d::1", "2002:c000:24d:ff::"]
)
def test_one_machine_is_one_network_however_its_address_is_wrapped(address: str):
    assert prefix(address) == prefix("192.0.2.77")


@pytest.mark.parametrize("peer", ["203.0.113.9", "127.0.0.1", "fd00::2", ""])
def test_a_header_counts_for_nothing_unless_the_peer_is_a_named_proxy(peer: str):
    assert client_address(peer, ["198.51.100.1"], OURS) == peer


def test_without_a_named_proxy_nobody_is_believed():
    assert client_address("10.0.0.1", ["198.51.100.1"], ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        (["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        (["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        (["198.51.100.1, 10.1.1.1"], "198.51.100.1"),
        (["198.51.100.1:4711"], "198.51.100.1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["1.1.1.1, nonsense"], "10.0.0.1"),
        (["1.1.1.1, nonsense, 10.2.2.2"], "10.2.2.2"),
        (["10.3.3.3"], "10.3.3.3"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
    ],
)
def test_behind_a_named_proxy_the_last_hop_that_is_not_ours_counts(
    forwarded: list[str], expected: str
):
    assert client_address("10.0.0.1", forwarded, OURS) == expected


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example", "10.0.0.0/33", "1 2"])
def test_a_list_of_proxies_that_cannot_be_read_is_refused(text: str):
    with pytest.raises(ValueError, match=r"\S"):
        proxies(text)


def test_no_proxy_is_a_list_too():
    assert proxies("") == ()
