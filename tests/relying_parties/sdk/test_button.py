"""The button's HTML: the three labels, the looks, and nothing that a page must not get from it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import Environment
from network_id.button import LABELS, MARK, STYLE_SHEET, Label, Look, button
from network_id.button.page import page

ROOT = Path(__file__).parents[3]
DRAWN = re.compile(r' d="([^"]+)"')


def test_a_link_says_log_in_with_network_id() -> None:
    html = button("/login")
    assert html.startswith('<a class="network-id-button" href="/login"><svg class="network-id-')
    assert 'aria-hidden="true"' in html
    assert html.endswith('<span lang="en">Log in with network ID</span></a>')


def test_without_an_address_it_is_a_submit_button() -> None:
    html = button(None, look=Look.DARK, wide=True, attributes={"data-testid": "login"})
    assert html.startswith(
        '<button class="network-id-button network-id-button--dark network-id-button--wide" '
        'type="submit" data-testid="login">'
    )
    assert html.endswith("</button>")


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", "en"), ("zh-Hans", "zh-Hans"), ("zh-CN", "zh-Hans"), ("ZH", "zh-Hans"), ("de", "en")],
)
@pytest.mark.parametrize("label", Label)
def test_each_label_is_there_in_both_languages(label: Label, language: str, spoken: str) -> None:
    says = LABELS[spoken][label]
    assert f'<span lang="{spoken}">{says}</span>' in button("/", label=label, language=language)


def test_a_template_does_not_escape_it_again() -> None:
    template = Environment(autoescape=True).from_string('{{ button("/login") }}')
    assert template.render(button=button) == button("/login")


@pytest.mark.parametrize("href", ['/"><script>alert(1)</script>', "/a?b=c&d='e'"])
def test_what_is_in_an_address_stays_in_it(href: str) -> None:
    html = button(href.replace(" ", ""), attributes={"data-x": '"><b>'})
    assert "<script" not in html
    assert "<b>" not in html
    assert "'" not in html


@pytest.mark.parametrize(
    "href",
    [
        *("javascript:alert(1)", "JAVASCRIPT:a", "java\nscript:a", "\x01javascript:a"),
        *("data:text/html,x", "vbscript:x", " /login", "/a b"),
    ],
)
def test_an_address_that_runs_as_a_script_is_refused(href: str) -> None:
    with pytest.raises(ValueError, match="http"):
        button(href)


@pytest.mark.parametrize("name", ["onclick", "ONCLICK", "a b", "x>", "", "href", "class"])
def test_an_attribute_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"attribute|own"):
        button("/login", attributes={name: "x"})


def test_another_label_or_look_is_refused() -> None:
    with pytest.raises(ValueError, match="buy"):
        button("/login", label="buy")
    with pytest.raises(ValueError, match="pink"):
        button("/login", look="pink")


def test_nothing_is_fetched_and_nothing_runs() -> None:
    for text in (STYLE_SHEET.read_text("utf-8"), button("/login"), page()):
        assert not re.search(r"url\(|@import|<script|style=|\ssrc=|\son\w+=|<link", text)


def test_the_mark_is_the_providers() -> None:
    theirs = (ROOT / "idp/web/static/mark.svg").read_text("utf-8")
    assert DRAWN.findall(MARK.read_text("utf-8")) == DRAWN.findall(theirs)
    assert DRAWN.findall(button("/login")) == DRAWN.findall(theirs)


def test_the_page_in_the_documentation_is_what_the_sdk_writes() -> None:
    """Otherwise: python -m network_id.button > docs/button.html."""
    assert (ROOT / "docs/button.html").read_text("utf-8") == page()


def test_the_command_writes_the_page() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "network_id.button"], capture_output=True, check=True
    )
    assert done.stdout.decode("utf-8").replace("\r\n", "\n") == page()


def test_the_documentation_holds_the_html_as_it_is() -> None:
    text = (ROOT / "docs/button.md").read_text("utf-8")
    assert button("/login") in text
    assert all(says in text for labels in LABELS.values() for says in labels.values())
