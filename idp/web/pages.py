"""Pages: turns a template and its context into a response that a browser can trust.

Owns languages, local addresses and the security headers of every page. Never decides anything of
the protocol, reads no store, and knows no person.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from idp.web import (
    locales,
    views,
    words,
    words_account,
    words_data,
    words_enrol,
    words_errors,
    words_operator,
    words_passkeys,
    words_platforms,
)
from idp.web.static_files import static_files
from idp.web.template_filters import FILTERS, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from gettext import NullTranslations
    from types import CodeType

    from jinja2.bccache import Bucket
    from starlette.requests import Request

    from idp.domain.clock import Entropy

TEMPLATES = Path(__file__).parent / "templates"
_NONCE_BYTES = 18  # 144 bits; CSP 3 §7.1 asks for at least 128
_SOURCE = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")

# What a template may do without; everything else that is missing raises (StrictUndefined).
_OPTIONAL: dict[str, object] = {
    "signed_in": False,
    "then": "",
    "again": False,
    "client": None,
    "interaction": "",
    "personas": (),
    "create_url": None,
    "deny_url": None,
    "continue_url": None,
    "notice": None,
    "security_key": "",
    "is_new": (),
    "not_shared": views.NOT_SHARED,
    "network_id": None,
    "told_acr": "",
    "first_party": False,
    "auth_time": None,
    "assurance": None,
    "developer": None,
    "retry_minutes": 0,
}

_FIXED_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "publickey-credentials-get=(self), publickey-credentials-create=(self), "
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
    ),
}
_HSTS = "max-age=31536000"


class _Compiled(BytecodeCache):
    """Compiled templates: 0.1 s for one language, and the same for all of them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled from this very source before."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


class Pages:
    """Renders every page of the provider. Made once; safe to share between requests.

    ``issuer`` is the configured issuer, whose path is the base path of all local addresses.
    ``sandbox`` puts the permanent banner on every page.
    """

    def __init__(self, *, issuer: str, sandbox: bool, entropy: Entropy) -> None:
        self._base = urlsplit(issuer).path.rstrip("/")
        self._https = issuer.startswith("https:")
        self.sandbox = sandbox
        self._entropy = entropy
        self.static_files = static_files()
        self._assets = {file.name: self.url(file.path) for file in self.static_files}
        self._catalogues = locales.catalogues()
        self._environments = {
            tag: self._environment(locales.language(tag), catalogue)
            for tag, catalogue in self._catalogues.items()
        }

    def url(self, path: str, **query: str) -> str:
        """Return the address of a local path (``/signin``), base path in front, query behind."""
        return f"{self._base}{path}{'?' + urlencode(query) if query else ''}"

    def say(self, tag: str, text: str) -> str:
        """Return ``text`` in a language, for what is no page: a file."""
        return self._catalogues[tag].gettext(text)

    def asset(self, name: str) -> str:
        """Return the address of a static file by its plain name. Raises KeyError if unknown."""
        return self._assets[name]

    def locale(self, request: Request, ui_locales: str | None = None) -> str:
        """Return the language tag of a request; ``ui_locales`` is what the platform wished."""
        return locales.choose(
            request.cookies.get(locales.COOKIE), ui_locales, request.headers.get("accept-language")
        )

    def render(
        self,
        request: Request,
        name: str,
        context: Mapping[str, object],
        *,
        status: int = 200,
        form_action: Sequence[str] = (),
        leaving: bool = False,
    ) -> Response:
        """Render the template ``name`` (``signin.html``) with all security headers.

        ``form_action`` lists the origins that a form's answer may redirect to: Chromium applies
        the directive to the redirect after a POST. ``leaving`` says that it leads there only, and
        not to us. ``context`` may carry ``locale`` (``ui_locales``
        of the sign-in) and ``back`` (local path that the language switch returns to).
        Raises jinja2.UndefinedError when the context lacks something that has no default.
        """
        wished = context.get("locale")
        tag = self.locale(request, wished if isinstance(wished, str) else None)
        nonce = base64.b64encode(self._entropy.bytes(_NONCE_BYTES)).decode()
        values = _OPTIONAL | dict(context)
        values["recovery"] = getattr(request.state, "recovery", None)  # see web/account/door.py
        values["sections"] = getattr(request.state, "sections", ())
        values |= {"nonce": nonce, "locale": tag, "language_links": self._links(request, context)}
        body = self._environments[tag].get_template(name).render(values)
        headers = self._headers(nonce, form_action, own=not leaving) | {"Content-Language": tag}
        return Response(body, status, headers, "text/html")

    def _headers(self, nonce: str, form_action: Sequence[str], *, own: bool) -> dict[str, str]:
        allowed = policy(nonce, form_action, own=own)
        headers = _FIXED_HEADERS | {"Content-Security-Policy": allowed}
        return headers | {"Strict-Transport-Security": _HSTS} if self._https else headers

    def _links(self, request: Request, context: Mapping[str, object]) -> list[dict[str, str]]:
        """Language switch: every language, with the address that comes back to this page."""
        back = context.get("back") or self._here(request)
        return [
            {
                "tag": language.tag,
                "own_name": language.own_name,
                "url": self.url("/language", to=language.tag, back=str(back)),
            }
            for language in locales.LANGUAGES
        ]

    def _here(self, request: Request) -> str:
        """Return path and query of a GET, whose base path is stripped by now; a POST has none."""
        if request.method not in {"GET", "HEAD"}:
            return "/"
        # Raw bytes in a query are refused where it is read; the page that says so comes by here.
        query = request.scope["query_string"].decode("ascii", "ignore")
        path = request.scope["path"]
        return locales.local_path(f"{path}?{query}" if query else path)

    def _environment(self, language: locales.Language, catalogue: NullTranslations) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        _install(environment, catalogue)
        environment.filters.update(FILTERS)
        environment.tests.update(TESTS)
        environment.globals.update(
            url=self.url,
            asset=self.asset,
            wordmark=self._inline("wordmark.svg"),
            mark=self._inline("mark.svg"),
            sandbox=self.sandbox,
            language=language,
            words=words,
            words_account=words_account,
            words_operator=words_operator,
            words_data=words_data,
            words_passkeys=words_passkeys,
            words_enrol=words_enrol,
            words_errors=words_errors,
            words_platforms=words_platforms,
        )
        return environment

    def _inline(self, name: str) -> Markup:
        """Return one of our own SVG files, to stand in the page and take its colours."""
        body = next(file.body for file in self.static_files if file.name == name)
        return Markup(body.decode().strip())  # noqa: S704 - our own file, from the package


def _install(environment: Environment, catalogue: NullTranslations) -> None:
    install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
    install(catalogue, newstyle=True)


def policy(nonce: str, form_action: Sequence[str] = (), *, own: bool = True) -> str:
    """Return the Content-Security-Policy of one page (CSP 3); ``own`` forms may come back to us."""
    ours = ["'self'"] if own else []
    actions = " ".join([*ours, *dict.fromkeys(filter(None, map(_form_source, form_action)))])
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            f"script-src 'nonce-{nonce}'",
            f"form-action {actions}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _form_source(origin: str) -> str:
    """Return the source expression for an origin, or nothing.

    Anything but an origin or a scheme is left out: a registered address with ``;`` or a space in
    it would add directives of its own (CSP injection). CSP cannot name an IPv6 host, so there the
    scheme stands alone.
    """
    match = _SOURCE.fullmatch(origin)
    if match:
        return f"{match[1]}:" if match[2].startswith("[") else origin
    return origin if _SCHEME.fullmatch(origin) else ""
