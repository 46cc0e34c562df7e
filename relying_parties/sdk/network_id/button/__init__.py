"""The button *Log in with network ID*: its HTML, for a page of yours that links the style sheet.

    button("/login")                                       # a link
    button("/login", label=Label.CONTINUE, language="zh-Hans", look=Look.OUTLINE)
    button(None)                                           # a submit button in a form of yours

Plain HTML, CSS and SVG: no script, no inline style, nothing from another host, so it works under
the strictest content security policy. Serve `STYLE_SHEET` as one of your static files.
``python -m network_id.button`` writes a page that shows every look and the HTML to copy.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent
STYLE_SHEET: Final = FOLDER / "button.css"
MARK: Final = FOLDER / "mark.svg"


class Label(StrEnum):
    """What the button says. No other words: people learn to know these."""

    LOG_IN = "log-in"
    CONTINUE = "continue"
    SIGN_UP = "sign-up"


class Look(StrEnum):
    """How it looks; `AUTO` is dark on light pages, and light where the page's scheme is dark."""

    AUTO = "auto"
    DARK = "dark"
    LIGHT = "light"
    OUTLINE = "outline"


LABELS: Final[Mapping[str, Mapping[Label, str]]] = {
    "en": {
        Label.LOG_IN: "Log in with network ID",
        Label.CONTINUE: "Continue with network ID",
        Label.SIGN_UP: "Sign up with network ID",
    },
    "zh-Hans": {
        Label.LOG_IN: "使用网号登录",
        Label.CONTINUE: "使用网号继续",
        Label.SIGN_UP: "使用网号注册",
    },
}


class Html(str):
    """Markup that is safe as it is: Jinja2, Django and MarkupSafe do not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return itself, which is how templates ask."""
        return str(self)


def button(
    href: str | None,
    *,
    label: Label | str = Label.LOG_IN,
    language: str = "en",
    look: Look | str = Look.AUTO,
    wide: bool = False,
    attributes: Mapping[str, str] | None = None,
) -> Html:
    """Return the button's HTML: a link to ``href``, or without one a submit button.

    ``language`` is a tag as in ``lang``: Chinese gets Chinese, everything else English. ``wide``
    fills the line. ``attributes`` are added, for example ``{"data-testid": "login"}``.

    Raises ValueError for a label or look that does not exist, an ``href`` that is no http address,
    or an attribute that is none.
    """
    spoken = "zh-Hans" if language.partition("-")[0].lower() == "zh" else "en"
    classes = ["network-id-button"]
    if Look(look) is not Look.AUTO:
        classes.append(f"network-id-button--{Look(look)}")
    if wide:
        classes.append("network-id-button--wide")
    tag = "button" if href is None else "a"
    given = {"type": "submit"} if href is None else {"href": _checked(href)}
    if not given.keys().isdisjoint(attributes or {}) or "class" in (attributes or {}):
        raise ValueError("class, href and type are the button's own")
    given = {"class": " ".join(classes)} | given | dict(attributes or {})
    says = LABELS[spoken][Label(label)]
    return Html(
        f"<{tag}{''.join(_attribute(*one) for one in given.items())}>{_mark()}"
        f'<span lang="{spoken}">{says}</span></{tag}>'
    )


def _checked(href: str) -> str:
    # A `javascript:` address would run as the page's own script; browsers skip control characters.
    if urlsplit(href).scheme not in {"", "https", "http"} or not href.isprintable() or " " in href:
        raise ValueError("href is a path, or an http(s) address")
    return href


def _attribute(name: str, value: str) -> str:
    if not name.replace("-", "").isalnum() or name.lower().startswith("on"):
        raise ValueError("an attribute has letters, digits and hyphens, and is no script")
    return f' {name}="{escape(value)}"'


@cache
def _mark() -> str:
    """Return the mark for the inside of a page; it is ornament, for the label says it all."""
    drawn = MARK.read_text(encoding="utf-8").strip()
    return drawn.replace(
        '<svg xmlns="http://www.w3.org/2000/svg"',
        '<svg class="network-id-button-mark" aria-hidden="true" focusable="false" width="24" '
        'height="24"',
    )
