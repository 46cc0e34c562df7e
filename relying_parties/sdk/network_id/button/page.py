"""The page that shows the button in every look, with the HTML to copy: complete in one file."""

from __future__ import annotations

from html import escape
from string import Template
from typing import Final

from network_id.button import FOLDER, STYLE_SHEET, Html, Label, Look, button

LANGUAGES: Final = ("en", "zh-Hans")
LOOKS: Final = (
    (Look.AUTO, "on-light", "no look named: a light page"),
    (Look.AUTO, "on-dark", "no look named: a dark page"),
    (Look.DARK, "on-light", "dark: always, for pages that are light"),
    (Look.LIGHT, "on-colour", "light: always, for dark and coloured pages"),
    (Look.OUTLINE, "on-light", "outline: takes the colour of your text"),
    (Look.OUTLINE, "on-dark", "outline, on a dark page"),
)


def page() -> str:
    """Return the whole page as HTML; it fetches nothing."""
    template = Template((FOLDER / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        style_sheet=STYLE_SHEET.read_text(encoding="utf-8"),
        looks="".join(
            _shown(stage, button("/login", look=look), says) for look, stage, says in LOOKS
        ),
        labels="".join(
            _shown("", button("/login", label=label, language=language), f"{label}, {language}")
            for language in LANGUAGES
            for label in Label
        ),
        places="".join(_places()),
    )


def _places() -> list[str]:
    wide, submit = button("/login", wide=True), button(None)
    hebrew = '<p lang="he">כניסה</p>'
    off = button(None, attributes={"disabled": "disabled"})
    return [
        _shown("", wide, "wide: fills its line"),
        _shown("", submit, "a submit button in a form of yours, with your CSRF token"),
        _shown("", button("/login"), "from right to left", before=hebrew, rtl=True),
        _shown("", off, "disabled: still to be read"),
        _shown(
            "",
            button("/login"),
            "beside your alternative, which is as easy to see",
            after='<a href="#guest" id="guest">Go on as a guest</a>',
        ),
    ]


def _shown(
    stage: str, html: Html, says: str, *, before: str = "", after: str = "", rtl: bool = False
) -> str:
    classes = f"stage {stage}".strip()
    direction = ' dir="rtl"' if rtl else ""
    inner = f'{before}<div class="beside">{html}{after}</div>' if after or before else html
    return (
        f'<figure><div class="{classes}"{direction}>{inner}</div>\n'
        f"<figcaption><p>{escape(says)}</p><details><summary>HTML</summary>"
        f'<pre tabindex="0"><code>{escape(html)}</code></pre></details></figcaption></figure>\n'
    )
