import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from babel.messages import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import PoFileError, read_po

from idp.web import locales

WEB: Final = Path(locales.__file__).parent
PO_FILES: Final = sorted((WEB / "locale/zh_Hans/LC_MESSAGES").glob("*.po"))
NAMES: Final = re.compile(r"%\((\w+)\)s")
TAGS: Final = re.compile(r"</?\w+[^>]*>")
KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2)}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN-us-x-private", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hans", "zh-Hans"),
        ("zh-Hans-CN", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hans"),
        ("cmn-Hans", "zh-Hans"),
        ("fr", None),
        ("english", None),
        ("", None),
        ("-", None),
    ],
)
@pytest.mark.spec("RFC 5646 §2.1")
def test_a_tag_matches_by_its_primary_language(tag: str, expected: str | None):
    assert locales.nearest(tag) == expected


@pytest.mark.parametrize(
    ("cookie", "ui_locales", "accept", "expected"),
    [
        (None, None, None, "en"),
        ("zh-Hans", "en", "en", "zh-Hans"),
        (None, "zh-CN en", "en", "zh-Hans"),
        (None, "fr de zh", "en", "zh-Hans"),
        (None, "fr", "zh;q=0.8, en;q=0.3", "zh-Hans"),
        ("klingon", "tlh", "*", "en"),
        ("", "", "", "en"),
    ],
)
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
def test_the_persons_choice_goes_before_the_platforms_and_that_before_the_browsers(
    cookie: str | None, ui_locales: str | None, accept: str | None, expected: str
):
    assert locales.choose(cookie, ui_locales, accept) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en;q=0.1, zh;q=0.9", "zh-Hans"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh ; q=0.7 , en;q=0.5", "zh-Hans"),
        ("fr, zh-TW;q=0.2", "zh-Hans"),
        ("zh;q=nonsense, en", "en"),
        ("zh;q=9", "en"),
        (",,;;=,\x00\udcff", "en"),
        ("zh" + "x" * 100_000, "en"),
        (", ".join(["fr"] * 500 + ["zh"]), "en"),
    ],
)
@pytest.mark.spec("RFC 9110 §12.5.4")
def test_a_header_is_read_by_weight_and_never_breaks_a_page(header: str, expected: str):
    assert locales.choose(None, None, header) == expected


@pytest.mark.parametrize("path", ["/", "/signin", "/signin?interaction=a.b_c~-&x=%2F", "/a/b"])
def test_a_local_path_is_kept(path: str):
    assert locales.local_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "signin",
        "//evil.example",
        "/\\evil.example",
        "/a\\b",
        "https://evil.example/",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: a=b",
        "/a\n",
        "/\t/evil.example",
        "/é",
        "/ ",
    ],
)
def test_a_path_that_leads_away_is_refused(text: str | None):
    assert locales.local_path(text) == "/"


def source_messages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield `(file, forms)` of everything that a page may say."""
    newstyle = {"newstyle_gettext": "true"}
    for path in sorted((WEB / "templates").rglob("*.html")):
        for _, forms, _, _ in extract_from_file("jinja2", path, KEYWORDS, options=newstyle):
            yield path.name, (forms,) if isinstance(forms, str) else tuple(forms)
    for path in sorted(WEB.rglob("*.py")):
        for _, forms, _, _ in extract_from_file("python", path, KEYWORDS):
            yield path.name, (forms,) if isinstance(forms, str) else tuple(forms)


MESSAGES: Final = {forms: name for name, forms in source_messages()}


def translations() -> dict[tuple[str, ...], Message]:
    return {
        (message.id,) if isinstance(message.id, str) else tuple(message.id): message
        for path in PO_FILES
        for message in messages_of(path)
    }


def messages_of(path: Path) -> list[Message]:
    with path.open("rb") as source:
        catalogue = read_po(source, locale="zh_Hans", abort_invalid=True)
    return [message for message in catalogue if message.id]


def test_no_string_is_translated_in_two_files():
    every = [str(message.id) for path in PO_FILES for message in messages_of(path)]
    assert len(every) == len(set(every))


def test_there_is_something_to_translate():
    assert len(MESSAGES) > 200
    assert ("Allow",) in MESSAGES
    assert ("your date of birth",) in MESSAGES


def test_every_string_has_a_translation_and_none_is_left_over():
    assert MESSAGES.keys() - translations().keys() == set()
    assert translations().keys() - MESSAGES.keys() == set()


def pairs() -> Iterator[tuple[str, str]]:
    """Yield `(source, translation)` for every form of every message."""
    for message in translations().values():
        source = message.id if isinstance(message.id, str) else message.id[-1]
        said = message.string or ""
        for text in (said,) if isinstance(said, str) else said:
            yield source, text


def test_no_translation_is_empty_or_a_guess():
    assert [source for source, text in pairs() if not text.strip()] == []
    assert [message.id for message in translations().values() if message.fuzzy] == []


def test_a_translation_has_the_placeholders_and_the_markup_of_its_source():
    for marks in (NAMES, TAGS):
        wrong = [
            s for s, text in pairs() if sorted(marks.findall(s)) != sorted(marks.findall(text))
        ]
        assert wrong == []


def test_chinese_has_chinese_punctuation():
    latin = re.compile(r"[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\.(?!\w)")
    assert [text for _, text in pairs() if latin.search(text)] == []


def test_no_string_has_a_stray_percent_sign():
    # Newstyle gettext formats every text: a lone % would break the page that shows it.
    every = [form for forms in MESSAGES for form in forms] + [text for _, text in pairs()]
    assert [form for form in every if "%" in NAMES.sub("", form)] == []


def test_the_catalogues_speak():
    catalogues = locales.catalogues()
    assert catalogues["en"].gettext("Allow") == "Allow"
    assert catalogues["zh-Hans"].gettext("Allow") == "允许"
    assert "网号" in catalogues["zh-Hans"].gettext("Network ID")
    assert {language.tag for language in locales.LANGUAGES} == catalogues.keys()


def test_a_broken_catalogue_is_refused_at_start(tmp_path: Path):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid "Allow"\nnonsense\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        locales.catalogues(tmp_path)
