"""The words of a refusal for programs: ``error_description``, and where its code is explained.

Two audiences. A direct answer goes to whoever sent the request, so it may say what was sent. A
redirect goes to the client, while anybody may have written the request: a stranger's text in it
would be shown on the client's own error page (content injection, and script where that page is
careless), so there only words of ours are told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from idp.domain.mismatch import Kind
from idp.domain.refusal import Cause
from idp.protocol import address
from idp.protocol.causes import outcome

if TYPE_CHECKING:
    from idp.domain.mismatch import Mismatch
    from idp.domain.refusal import Refusal

_MOST_DESCRIBED: Final = 500
_MOST_OF_EACH: Final = 200
# Promise P6: a platform cannot tell a suspension from a no, not by its code either.
_TOLD_AS: Final = {Cause.PERSON_SUSPENDED: Cause.PERSON_SAID_NO}


def public(cause: Cause) -> Cause:
    """Return the cause that is named to a client in place of ``cause``; mostly that itself."""
    return _TOLD_AS.get(cause, cause)


def reference(issuer: str, cause: Cause) -> str:
    """Return the address at which a cause is explained: the ``error_uri`` of every error."""
    return f"{issuer.rstrip('/')}/errors/{public(cause)}"


def to_sender(refusal: Refusal, *, every: bool) -> str:
    """Return the description for whoever sent the request (RFC 6749 §5.2).

    ``every`` as in ``idp.protocol.address.seen``.
    """
    told, detail = outcome(refusal.cause).description, refusal.detail
    if refusal.mismatch is not None:
        told += _beside(refusal.mismatch, every=every)
    if "told" in detail:  # in our own words, and about the request alone
        told += f" It is {detail['told']}."
    if "why" in detail:  # the same
        told += f" Why: {detail['why']}."
    if "metadata" in detail:
        told += f" {detail['metadata']}"
    return _plain(told)


def to_client(refusal: Refusal) -> str:
    """Return the description for the client, in a redirect that anybody may have caused."""
    told, found = outcome(refusal.cause).description, refusal.mismatch
    if found is not None and found.kind is Kind.WORDS:
        told += _beside(found, every=False)
    return _plain(told)


def _beside(found: Mismatch, *, every: bool) -> str:
    sent = f" Sent: {found.sent[:_MOST_OF_EACH]}." if found.sent else ""
    if found.kind is Kind.ADDRESS and found.taken:
        return sent + _nearest(found, every=every)
    listed = ", ".join(found.taken)[:_MOST_OF_EACH] or "none"
    return f" {found.basis.capitalize()}: {listed}.{sent}"


def _nearest(found: Mismatch, *, every: bool) -> str:
    shown = address.seen(found.sent, found.taken, every=every)
    if not found.sent:
        return ""
    if not shown:
        return " None is registered on this host."
    place = address.common(found.sent, shown[0]) + 1
    return f" Registered: {shown[0][:_MOST_OF_EACH]}. They differ from character {place} on."


def _plain(text: str) -> str:
    """Return ``text`` in the characters that RFC 6749 §5.2 gives to a description, shortened."""
    return re.sub(r"[^ !#-\[\]-~]", "'", text)[:_MOST_DESCRIBED]
