"""What people see: who signs in, whether they sign out, and what a platform did wrong.

Every page says that it is a simulator's, works without a script, and is read in two languages.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from network_id_simulator import refusals, words
from network_id_simulator.faults import FAULTS, GROUPS
from network_id_simulator.personas import AGE_CLAIMS, PERSONAS
from network_id_simulator.trouble import NO_STORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id_simulator.authorization_request import AuthorizationRequest
    from network_id_simulator.call import Call
    from network_id_simulator.refusals import Refused
    from network_id_simulator.simulator import Simulator

HERE: Final = Path(__file__).parent
HEADERS: Final = {
    # No form-action: Chromium would hold the way back to the platform to it.
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "vary": "accept-language",
    **NO_STORE,
}
CHOOSABLE: Final = frozenset({"authorize", "token", "userinfo"})
"""Where a fault can be delivered to the sign-in whose page offers it."""


class Pages:
    """The pages of one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._words = words.read()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def choose(self, call: Call, request: AuthorizationRequest, asked: str) -> Response:
        """Ask who signs in; ``asked`` is what the answer is to bring back."""
        return self._page(
            call,
            "choose.html",
            asked=asked,
            client_id=request.client.client_id,
            wanted=_wanted(request),
            personas=PERSONAS.values(),
            groups=_groups(),
            sent=sorted(request.sent.items()),
        )

    def form_post(self, call: Call, action: str, members: Mapping[str, str]) -> Response:
        """Let the browser send the answer to the platform by a form."""
        page = self._page(call, "form_post.html", action=action, members=members, other_url="")
        policy = f"{HEADERS['content-security-policy']}; script-src 'self'"
        page.headers["content-security-policy"] = policy
        return page

    def sign_out(self, call: Call, asked: str) -> Response:
        """Ask whether somebody wants to sign out."""
        return self._page(call, "sign_out.html", asked=asked)

    def signed_out(self, call: Call) -> Response:
        """Say that it is done, where there is no way back."""
        return self._page(call, "signed_out.html")

    def refused(self, call: Call, refused: Refused) -> Response:
        """Say what the platform did wrong."""
        told = refused.answer
        call.note(refused.told)
        language = self._language(call)
        known = self._words[language]
        detail = [
            (known.get(f"detail_{name}", name), value) for name, value in refused.detail.items()
        ]
        return self._page(
            call,
            "refused.html",
            told.status,
            cause=refused.cause,
            description=told.description,
            detail=detail,
        )

    def explain(self, call: Call, code: str) -> Response:
        """Explain an error code, where ``error_uri`` leads."""
        told = refusals.TABLE.get(code)
        status = 404 if told is None else 200
        return self._page(call, "error.html", status, code=code, told=told, other_url="")

    def home(self, call: Call) -> Response:
        """Show a developer what runs here and how to steer it."""
        simulator = self._simulator
        return self._page(
            call,
            "home.html",
            issuer=simulator.issuer,
            config=simulator.config.as_dict(),
            left=simulator.switches.left,
            personas=PERSONAS.values(),
            groups=_groups(at=None),
            other_url="",  # it is for developers, in English
        )

    def _page(self, call: Call, name: str, status: int = 200, /, **context: Any) -> Response:
        language = self._language(call)
        known = self._words[language]
        other = next(tag for tag in words.LANGUAGES if tag != language)
        shown: dict[str, Any] = {
            "language": language,
            "other": other,
            "other_name": words.LANGUAGES[other],
            "other_url": _in(call, other),
            "t": lambda key: known[key],
            **context,
        }
        html = self._templates.get_template(name).render(shown)
        return HTMLResponse(html, status, HEADERS)

    def _language(self, call: Call) -> str:
        accepted = call.request.headers.get("accept-language")
        return words.choose(call.sent.get("lang"), call.sent.get("ui_locales"), accepted)


def _in(call: Call, language: str) -> str:
    """Return this page in another language; nothing for an answer to a form."""
    if call.request.method != "GET":
        return ""
    kept = parse_qsl(call.request.url.query, keep_blank_values=True)
    query = [(name, value) for name, value in kept if name != "lang"]
    return f"{call.request.url.path}?{urlencode([*query, ('lang', language)])}"


def _wanted(request: AuthorizationRequest) -> list[str]:
    """Return the claims that were asked for beside the network ID."""
    asked = {name for place in request.claims.values() for name in place}
    if "age" in request.scopes:
        asked |= set(AGE_CLAIMS)
    return sorted(asked)


def _groups(at: frozenset[str] | None = CHOOSABLE) -> list[tuple[str, list[Any]]]:
    """Return headings with their faults: all, or those that are delivered at one of ``at``."""
    found: Mapping[str, list[Any]] = {group: [] for group in GROUPS}
    for fault in FAULTS.values():
        if at is None or fault.at in at:
            found[fault.group].append(fault)
    return [(GROUPS[group], faults) for group, faults in found.items() if faults]
