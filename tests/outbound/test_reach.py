"""Which addresses are ours to send to."""

import pytest

from idp.outbound.reach import OutboundRefused, Reach, is_public, read_named

PRIVATE = (
    *("0.0.0.1", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"),
    *("168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192"),
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:10.0.0.1"),
    *("64:ff9b::10.0.0.1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:20::1"),
    *("2001:db8::1", "2002:0a00:0001::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1"),
    *("5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    *("2001:4860:4860::8888%eth0", "", "localhost", "010.0.0.1", "2130706433", "0x7f000001"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_in_every_notation(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "192.0.1.1", "2001:4860:4860::8888", "2a00:1450::1"]
)
def test_a_public_address_is_taken(address: str):
    assert is_public(address)


HOSTILE = (
    *("https://platform.example:65536/", "https://platform.example:99999/"),
    *(
        "http://platform.example/",
        "ftp://platform.example/",
        "file:///etc/passwd",
        "//platform.example",
    ),
    *("https://", "https:///keys", "https:platform.example", "https:/platform.example", ""),
    *("https://127.0.0.1/", "https://2130706433/", "https://0177.0.0.1/", "https://0x7f.0.0.1/"),
    *("https://0x7f000001/", "https://127.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"),
    *("https://8.8.8.8/", "https://[2001:4860:4860::8888]/", "https://[fe80::1%25eth0]/"),
    *(
        "https://localhost/",
        "https://localhost./",
        "https://intranet/",
        "https://platform.example./",
    ),
    *(
        "https://platform..example/",
        "https://.example/",
        "https://-a.example/",
        "https://a-.example/",
    ),
    *(
        "https://user@platform.example/",
        "https://platform.example@10.0.0.1/",
        "https://a:b@c.example/",
    ),
    *(
        "https://platform.example\\@10.0.0.1/",
        "https://platform.example/\\..",
        "https://a b.example/",
    ),
    *(
        "https://platform.example:22/",
        "https://platform.example:80/",
        "https://platform.example:0/",
    ),
    *(
        "https://platform.example:1023/",
        "https://platform.example:x/",
        "https://platform.example:/",
    ),
    *("https://platform.example:0443/", "https://platform.example:-1/", "https://1.example.1/"),
    *(
        "https://pl%61tform.example/",
        "https://ⓛocalhost/",
        "https://platform。example/",
        "https://\u212aelvin.example/",
    ),
    *(
        "https://platform.example/\n",
        "https://platform.example/\r\nHost: a",
        "https://platform.example/é",
    ),
    *("https://platform.example/\x00", " https://platform.example/", "https://platform_x.example/"),
    *("https://a.0x7f/", "https://a.127/", "https://" + "a." * 127 + "example/"),
    "https://platform.example/" + "a" * 2000,
)


@pytest.mark.parametrize("address", HOSTILE)
def test_what_is_no_public_https_address_is_refused_before_anything_is_asked(address: str):
    with pytest.raises(OutboundRefused) as refused:
        Reach().target(address)
    assert "platform" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "host", "port", "rest"),
    [
        ("https://platform.example", "platform.example", 443, "/"),
        ("https://platform.example?a=b", "platform.example", 443, "/?a=b"),
        ("HTTPS://Platform.EXAMPLE/A?b=C#d", "platform.example", 443, "/A?b=C"),
        ("https://a.platform.example:8443/k", "a.platform.example", 8443, "/k"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
        ("https://1.2.platform.example/", "1.2.platform.example", 443, "/"),
    ],
)
def test_a_public_https_address_is_taken_and_its_fragment_is_not(
    address: str, host: str, port: int, rest: str
):
    target = Reach().target(address)
    assert (target.host, target.port, target.rest, target.private) == (host, port, rest, False)


def test_only_what_the_operator_named_may_be_private_or_plain():
    reach = Reach(read_named("localhost:9000, Inner.Example [::1]:9000"))
    for address in (
        "http://localhost:9000/a",
        "https://localhost:9000/a",
        "http://inner.example/",
        "https://inner.example:22/",
        "http://[::1]:9000/",
    ):
        assert reach.target(address).private
    for address in (
        "http://localhost:9001/",
        "http://localhost/",
        "http://127.0.0.1:9000/",
        "http://a.inner.example/",
        "http://inner.example.evil.example/",
        "http://inner.example@evil.example/",
        "http://evil.example/inner.example",
    ):
        with pytest.raises(OutboundRefused):
            reach.target(address)


def test_a_library_reaches_nothing_but_what_is_named():
    with pytest.raises(OutboundRefused):
        Reach(read_named("eid.example"), only=True).target("https://platform.example/")
