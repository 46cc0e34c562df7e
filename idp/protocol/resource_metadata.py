"""The metadata members of a resource server: our own, beside those of RFC 7591 (DECISIONS 48).

Rules in prose. ``resource`` is the identifier of an API (RFC 8707 §2). ``resource_scopes`` maps
each of its scopes to what it allows, in words for people, tagged with a language as names are
(``records:read#zh-Hans``, RFC 7591 §2.2). A scope has a colon, so that it is never one of ours or
of OpenID Connect, now or later. Only an operator registers these members: whoever could name an API
would receive the tokens meant for it, and write the words of our own consent page.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from idp.domain.loopback import is_loopback
from idp.domain.resource import MAX_IDENTIFIER, MAX_SCOPE, MAX_SCOPES_OF_CLIENT
from idp.domain.wording import one_line

_MAX_WORDS = 120
_MAX_SCOPES = 50
_SCOPE = re.compile(r"[a-z0-9][a-z0-9_-]*(:[a-z0-9][a-z0-9_.-]*)+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_VISIBLE = re.compile(r"[!-~]+")


def is_scope(word: str) -> bool:
    """Tell whether ``word`` has the form of a resource's scope."""
    return len(word) <= MAX_SCOPE and _SCOPE.fullmatch(word) is not None


def check_asked(scopes: set[str]) -> None:
    """Refuse with ValueError what a client may not register beside our own scopes."""
    strange = sorted(scope for scope in scopes if not is_scope(scope))
    if strange:
        raise ValueError(f"scope holds an unknown value: {', '.join(strange)[:80]}")
    if len(scopes) > MAX_SCOPES_OF_CLIENT:
        raise ValueError(f"scope may hold {MAX_SCOPES_OF_CLIENT} scopes of resources")


def by_language(texts: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return for each scope what it allows by language, "" where none was given."""
    found: dict[str, dict[str, str]] = {}
    for member, text in texts.items():
        scope, _, tag = member.partition("#")
        found.setdefault(scope, {})[tag] = text
    return found


def _identifier(uri: str) -> str:
    parts = urlsplit(uri)
    if not _VISIBLE.fullmatch(uri) or "\\" in uri or "@" in parts.netloc:
        raise ValueError("has a character that is not allowed")
    if "#" in uri or "?" in uri:
        raise ValueError("has neither query nor fragment (RFC 8707 §2)")
    if not ((parts.scheme == "https" and parts.hostname) or is_loopback(uri)):
        raise ValueError("must be an https address (http on loopback only)")
    return uri


def _scopes(texts: dict[str, str]) -> dict[str, str]:
    tidy = {}
    for member, text in texts.items():
        scope, mark, tag = member.partition("#")
        if not is_scope(scope) or (mark and not _LANGUAGE.fullmatch(tag)):
            raise ValueError(
                f"{member[:80]}: a scope is like records:read, at most {MAX_SCOPE} characters"
            )
        tidy[member] = one_line(text, most=_MAX_WORDS)
    if not all("" in texts for texts in by_language(tidy).values()):
        raise ValueError("each scope has untagged words too: consent is to these")
    if len(by_language(tidy)) > _MAX_SCOPES:
        raise ValueError(f"a resource has at most {_MAX_SCOPES} scopes")
    return tidy


Identifier = Annotated[str, Field(max_length=MAX_IDENTIFIER), AfterValidator(_identifier)]
Scopes = Annotated[dict[str, str], AfterValidator(_scopes)]
