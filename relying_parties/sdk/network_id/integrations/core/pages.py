"""The plain pages of an integration: no script, no file, one style whose hash the policy names."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from network_id.integrations.core.messages import HEADERS, Answer
from network_id.integrations.core.words import words

if TYPE_CHECKING:
    from network_id.integrations.core.refusals import Refusal

STYLE = """
:root { color-scheme: light dark; --text: #1a1c1e; --page: #fff; --soft: #5b6167; --blue: #0b57d0; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e6e8; --page: #131517; --soft: #a3abb3; --blue: #a8c7fa; --on: #062e6f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 12vh 1.25rem 3rem; background: var(--page); color: var(--text);
  font: 1.0625rem/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 34rem; margin: 0 auto; }
h1 { margin: 0 0 .75rem; font-size: 1.75rem; line-height: 1.25; text-wrap: balance; }
p { margin: 0 0 1.5rem; }
.ways { display: flex; flex-wrap: wrap; gap: .75rem; }
.ways form { margin: 0; }
.button { display: inline-flex; align-items: center; min-height: 2.75rem; padding: .5rem 1.25rem; border: 2px solid var(--blue);
  border-radius: .5rem; background: var(--blue); color: var(--on); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
.plain { background: none; color: var(--blue); }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; }
details { margin-top: 2.5rem; color: var(--soft); font-size: .9375rem; overflow-wrap: anywhere; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
"""  # noqa: E501 - CSS
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


def refusal_page(refusal: Refusal, *, for_developers: bool) -> Answer:
    """Return the page for a refusal; ``for_developers`` what the error says stands on it."""
    told = words(refusal.language)
    home = _link(refusal.home, told["button.home"], plain=refusal.again is not None)
    again = ""
    if refusal.again is not None:
        again = _link(refusal.again, told["button.again"], test="login")
    details = _details(refusal, told["button.details"]) if for_developers else ""
    headers = {"retry-after": str(RETRY_SECONDS)} if refusal.kind == "away" else {}
    page = _page(refusal.kind, refusal.language, again + home, details, age=refusal.age)
    return Answer(refusal.status, _headers() | headers, page, refusal=refusal)


def leave_page(language: str, action: str, home: str, *, issuer: str) -> Answer:
    """Return the page for whoever opened the address of the logout: one button."""
    # Chromium holds the redirect after a form to form-action too, and it may lead to the provider.
    parts = urlsplit(issuer)
    policy = POLICY.replace("'self'", f"'self' {parts.scheme}://{parts.netloc}")
    told = words(language)
    form = (
        f'<form method="post" action="{escape(action)}">'
        f'<button class="button" data-testid="logout">{told["button.leave"]}</button></form>'
    )
    ways = form + _link(home, told["button.home"], plain=True)
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


def _link(url: str, text: str, *, plain: bool = False, test: str = "home") -> str:
    kind = "button plain" if plain else "button"
    return f'<a class="{kind}" href="{escape(url)}" data-testid="{test}">{escape(text)}</a>'


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
