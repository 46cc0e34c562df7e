import pytest

from idp.domain.passkey import MAX_NAME, Kind, clean_name, kind_of, mark

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
AGENTS = {
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME}": Kind.ANDROID,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile": Kind.IPHONE,
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) Version/18.5 Mobile": Kind.IPAD,
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME}": Kind.MAC,
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}": Kind.WINDOWS,
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}": Kind.CHROMEOS,
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": Kind.LINUX,
    "": Kind.OTHER,
    "curl/8.5": Kind.OTHER,
    "\udcff" * 100_000 + "Android": Kind.OTHER,
}


@pytest.mark.parametrize(("agent", "kind"), AGENTS.items(), ids=[str(k) for k in AGENTS.values()])
def test_a_passkey_is_called_by_the_family_of_its_system(agent: str, kind: Kind):
    assert kind_of(agent, ("internal", "hybrid"), elsewhere=False) is kind


@pytest.mark.parametrize(
    ("transports", "elsewhere", "kind"),
    [
        (("usb",), True, Kind.SECURITY_KEY),
        (("nfc", "usb"), False, Kind.SECURITY_KEY),
        (("hybrid", "internal"), True, Kind.PHONE),
        ((), True, Kind.PHONE),
        (("internal", "usb"), False, Kind.WINDOWS),
        ((), False, Kind.WINDOWS),
    ],
)
def test_a_key_or_a_phone_is_not_called_by_the_computer_beside_it(
    transports: tuple[str, ...], elsewhere: bool, kind: Kind
):
    assert kind_of("Windows NT 10.0", transports, elsewhere=elsewhere) is kind


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Work   phone ", "Work phone"),
        ("one\r\ntwo\tthree", "one two three"),
        ("我的手机", "我的手机"),
        ("e\u0301", "\u00e9"),
        ("a\u202eb\u2066c\u200f", "abc"),
        ("nul\0bell\a", "nulbell"),
        ("\ud800", ""),
        ("\u2028", ""),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        ("<b>", "<b>"),
        ("x" * 100, "x" * MAX_NAME),
        ("x" * (MAX_NAME - 1) + " y", "x" * (MAX_NAME - 1)),
    ],
)
def test_a_name_is_one_honest_line(typed: str, kept: str):
    assert clean_name(typed) == kept
    assert clean_name(kept) == kept


def test_the_mark_of_a_passkey_is_a_digest():
    assert mark(b"one") == mark(b"one") != mark(b"two")
    assert len(mark(b"one")) == 32
