"""Two words of a browser, and nothing else of what it says of itself."""

import pytest

from idp.domain.browser import UNKNOWN, Browser, recognised

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "firefox linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "chrome windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/143.0", "edge windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} OPR/124.0", "opera mac"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Safari/604.1",
            "safari iphone",
        ),
        ("Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) CriOS/143.0 Safari/604.1", "chrome ipad"),
        (f"Mozilla/5.0 (Linux; Android 16) SamsungBrowser/29.0 {CHROME}", "samsung android"),
        ("Mozilla/5.0 (Linux; Android 16) MicroMessenger/8.0.60", "wechat android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "chrome chromeos"),
        ("curl/8.17", f"{UNKNOWN} {UNKNOWN}"),
        ("", f"{UNKNOWN} {UNKNOWN}"),
        ("\x00\ud800 Firefox", f"{UNKNOWN} {UNKNOWN}"),
    ],
)
@pytest.mark.spec("RFC 9110 §10.1.5")
def test_a_browser_becomes_two_words(agent: str, expected: str):
    assert recognised(agent) == Browser(*expected.split())


def test_a_long_header_is_not_read_to_its_end():
    assert recognised("x" * 1_000_000 + " Firefox/1 Linux") == Browser()


def test_versions_and_models_are_not_kept():
    one = recognised("Mozilla/5.0 (Linux; Android 16; Pixel 10) Chrome/143.0.7499.1")
    other = recognised("Mozilla/5.0 (Linux; Android 9; SM-G960F) Chrome/99.0.1")
    assert one == other
