"""The plain pages of an integration: no script, no file, one style whose hash the policy names."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from network_id.button import STYLE_SHEET, Label, button
from network_id.integrations.core.messages import HEADERS, Answer
from network_id.integrations.core.words import words

if TYPE_CHECKING:
    from network_id.integrations.core.refusals import Refusal

BUTTON_STYLE = STYLE_SHEET.read_text(encoding="utf-8")
STYLE = (Path(__file__).with_name("pages.css")).read_text(encoding="utf-8") + BUTTON_STYLE
STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
PAGE = """<!doctype html>
<html lang="{language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main data-refusal="{kind}">
<h1>{title}</h1>
<p data-testid="refused">{text}</p>
<div class="ways">{ways}</div>
{details}
</main>
</body>
</html>
"""
RETRY_SECONDS = 5
CSS_SECONDS = 3_600


def refusal_page(refusal: Refusal, *, for_developers: bool) -> Answer:
    """Return the page for a refusal; ``for_developers`` what the error says stands on it."""
    told = words(refusal.language)
    ways = _link(refusal.home, told["button.home"])
    if refusal.again is not None:
        named = {"data-testid": "login"}
        label = Label.CONTINUE if refusal.age else Label.LOG_IN
        again = button(refusal.again, label=label, language=refusal.language, attributes=named)
        ways = again + ways
    details = _details(refusal, told["button.details"]) if for_developers else ""
    headers = {"retry-after": str(RETRY_SECONDS)} if refusal.kind == "away" else {}
    page = _page(refusal.kind, refusal.language, ways, details, age=refusal.age)
    return Answer(refusal.status, _headers() | headers, page, refusal=refusal)


def style_sheet() -> Answer:
    """Return the style sheet of the button, for pages of the platform."""
    headers = {
        "content-type": "text/css; charset=utf-8",
        "cache-control": f"public, max-age={CSS_SECONDS}",
        "x-content-type-options": "nosniff",
    }
    return Answer(200, headers, BUTTON_STYLE)


def leave_page(language: str, action: str, home: str, *, issuer: str) -> Answer:
    """Return the page for whoever opened the address of the logout: one button."""
    # Chromium holds the redirect after a form to form-action too, and it may lead to the provider.
    parts = urlsplit(issuer)
    policy = POLICY.replace("'self'", f"'self' {parts.scheme}://{parts.netloc}")
    told = words(language)
    form = (
        f'<form method="post" action="{escape(action)}">'
        f'<button class="plain" data-testid="logout">{told["button.leave"]}</button></form>'
    )
    ways = form + _link(home, told["button.home"])
    headers = _headers() | {"content-security-policy": policy}
    return Answer(200, headers, _page("leave", language, ways))


def _headers() -> dict[str, str]:
    return HEADERS | {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": POLICY,
        "vary": "accept-language",
    }


def _page(kind: str, language: str, ways: str, details: str = "", age: int | None = None) -> str:
    told = words(language)
    title, text = (escape(told[f"{kind}.{part}"].format(age=age)) for part in ("title", "text"))
    return PAGE.format(
        language=language,
        style=STYLE,
        kind=kind,
        title=title,
        text=text,
        ways=ways,
        details=details,
    )


def _link(url: str, text: str) -> str:
    return f'<a class="plain" href="{escape(url)}" data-testid="home">{escape(text)}</a>'


def _details(refusal: Refusal, summary: str) -> str:
    if refusal.error is None:
        return ""
    error = refusal.error
    rows = (
        ("code", error.code),
        ("expected", error.expected),
        ("came", error.came),
        ("what to do", error.todo),
    )
    told = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return (
        f"<details open><summary>{escape(summary)}</summary>"
        f'<dl lang="en" data-testid="details">{told}</dl></details>'
    )
