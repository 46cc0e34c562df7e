import pytest

from idp.web.comparison import compare


def marked(parts: tuple[tuple[str, bool], ...]) -> str:
    return "".join(f"[{part}]" if differs else part for part, differs in parts)


@pytest.mark.parametrize(
    ("sent", "registered", "shown_sent", "shown_registered", "position"),
    [
        ("https://a/cb/", "https://a/cb", "https://a/cb[/]", "https://a/cb[]", 13),
        ("https://a/CB", "https://a/cb", "https://a/[CB]", "https://a/[cb]", 11),
        (
            "http://shop.example/cb/",
            "https://shop.example/cb",
            "http[]://shop.example/cb[/]",
            "http[s]://shop.example/cb[]",
            5,
        ),
        (
            "https://evil.example/cb",
            "https://shop.example/cb",
            "https://[evil].example/cb",
            "https://[shop].example/cb",
            9,
        ),
        ("", "https://a", "[]", "[https://a]", 1),
        ("https://a", "", "[https://a]", "[]", 1),
        ("aa", "a", "a[a]", "a[]", 2),
    ],
)
def test_what_differs_is_marked_and_nothing_else(
    sent: str, registered: str, shown_sent: str, shown_registered: str, position: int
):
    found = compare(sent, registered)
    assert marked(found.sent) == shown_sent
    assert marked(found.registered) == shown_registered
    assert found.position == position


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("https://sh\u043ep.example", "https://sh[[U+043E]]p.example"),
        ("https://shop.example\u202e", "https://shop.example[[U+202E]]"),
        ("https://shop.example\n", "https://shop.example[[U+000A]]"),
        ("https://shop.example ", "https://shop.example[[U+0020]]"),
    ],
)
def test_a_character_that_hides_is_shown_by_its_code_point(sent: str, shown: str):
    assert marked(compare(sent, "https://shop.example").sent) == shown


def test_long_addresses_are_compared_without_long_work():
    found = compare("https://a/" + "ab" * 995, "https://a/" + "ba" * 995)
    assert [differs for _, differs in found.sent] == [False, True]
