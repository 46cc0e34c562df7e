"""Rendering: templates, words, files, and the headers that every answer carries."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from network_id.button import STYLE_SHEET, button
from starlette.responses import HTMLResponse, Response

from relying_parties.demo.words import LANGUAGES, choose_language, read_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "referrer-policy": "no-referrer",  # the callback's URL holds a code
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PAGE_HEADERS = {"cache-control": "no-store", "vary": "accept-language, cookie"}
FILE_HEADERS = {"cache-control": "public, max-age=300"}
PRESSED_BY_TESTS = {"data-testid": "login"}
KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"}
JSON_PARTS = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)')


class Pages:
    """The pages of the platform whose folder this is."""

    def __init__(self, name: str, folder: Path, issuer: str) -> None:
        parts = urlsplit(issuer)
        # A form of ours may lead on to the provider: Chromium looks at the redirect after it too.
        forms = f"'self' {parts.scheme}://{parts.netloc}"
        self.headers = HEADERS | {"content-security-policy": POLICY.format(forms=forms)}
        self._language_cookie = f"{name}-language"
        self._words = read_words([HERE, folder])
        self._templates = Environment(
            loader=FileSystemLoader([folder / "templates", HERE / "templates"]),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["pretty"] = pretty
        self._templates.filters["tiles"] = tiles
        files = [HERE / "static" / "demo.css", *(folder / n for n in ("look.css", "logo.svg"))]
        files += [folder / "logo.png", STYLE_SHEET]
        self._files = {path.name: path for path in files}

    def language(self, request: Request) -> str:
        """Return the language in which this person reads."""
        chosen = request.cookies.get(self._language_cookie)
        return choose_language(chosen, request.headers.get("accept-language", ""))

    def choose(self, response: Response, language: str) -> None:
        """Remember the language that a person chose."""
        if language in LANGUAGES:
            response.set_cookie(
                self._language_cookie, language, path="/", httponly=True, samesite="lax"
            )

    def render(
        self, request: Request, name: str, context: Mapping[str, Any], status: int = 200
    ) -> Response:
        """Return a page. Raises jinja2.TemplateError for a mistake in a template."""
        language = self.language(request)
        words = self._words[language]
        other = next(tag for tag in LANGUAGES if tag != language)
        html = self._templates.get_template(name).render(
            **context,
            language=language,
            other=other,
            other_name=LANGUAGES[other],
            login_button=button("/login", language=language, attributes=PRESSED_BY_TESTS),
            t=lambda key: words[key],
        )
        return HTMLResponse(html, status_code=status, headers=self.headers | PAGE_HEADERS)

    def file(self, name: str) -> Response | None:
        """Return one of the platform's few files, or None."""
        path = self._files.get(name)
        if path is None:
            return None
        return Response(path.read_bytes(), media_type=KINDS[path.suffix], headers=FILE_HEADERS)


def pretty(values: Mapping[str, Any]) -> Markup:
    """Return values as indented JSON, its names, texts and numbers marked for the style sheet."""
    text = json.dumps(dict(values), indent=2, ensure_ascii=False)
    line = Markup('<span class="json-line">{}</span>')
    return Markup("").join(line.format(_marked(text)) for text in text.split("\n"))


def _marked(text: str) -> Markup:
    parts, at = [], 0
    for found in JSON_PARTS.finditer(text):
        parts.append(escape(text[at : found.start()]))
        kind = "value" if found[3] else "name" if found[2] else "text"
        piece = found[3] or found[1]
        parts.append(
            Markup('<span class="json-{}">{}</span>{}').format(kind, piece, found[2] or "")
        )
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def tiles(display: str) -> Markup:
    """Return a network ID with each group in a tile; read or copied, the text is unchanged."""
    hyphen = Markup('<span class="hyphen">-</span><wbr>')
    groups = display.split("-")
    return hyphen.join(Markup('<span class="tile">{}</span>').format(group) for group in groups)
