"""Who may see what: the current sign-in, and pages that need one, or an age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network_id.integrations.core.arriving import OLDEST_AGE, local_path, login_url
from network_id.integrations.core.desk import read_session
from network_id.integrations.core.messages import redirect

if TYPE_CHECKING:
    from network_id import SignIn
    from network_id.integrations.core.desk import Desk
    from network_id.integrations.core.messages import Answer, Asked
    from network_id.integrations.core.steps import Steps


def current(desk: Desk, asked: Asked) -> Steps[SignIn | None]:
    """Return the sign-in of this browser's session, or None."""
    session = yield from read_session(desk, asked)
    return None if session is None else session.sign_in


def require(desk: Desk, asked: Asked, age: int | None) -> Steps[SignIn | Answer]:
    """Return the sign-in of somebody who may pass, or what to answer instead.

    Somebody who is not signed in, or whose age is not known yet, is sent to the provider and comes
    back to this page. Whoever is too young is told so, and may have it asked again: people age.
    """
    sign_in = yield from current(desk, asked)
    reached = None if sign_in is None or age is None else has_reached(sign_in, age)
    if sign_in is not None and (age is None or reached):
        return sign_in
    query = f"?{asked.query}" if asked.query else ""
    then = local_path(desk.path_of(asked) + query)
    if reached is False:
        again = login_url(desk, then, age)
        return desk.refuse(asked, "too-young", 403, again=again, age=age)
    if _is_navigation(asked):
        return redirect(login_url(desk, then, age))
    return desk.refuse(asked, "login-needed", 401, again=login_url(desk, None, age), age=age)


def real_age(age: int) -> int:
    """Return ``age`` in years. Raises ValueError for one that nobody can be asked for.

    With 0, -1 or "18" the gate would be open to many, or send people to and fro for ever.
    """
    if type(age) is not int or not 0 < age <= OLDEST_AGE:
        raise ValueError(f"over() takes an age in years, from 1 to {OLDEST_AGE}; not {age!r}")
    return age


def has_reached(sign_in: SignIn, age: int) -> bool | None:
    """Tell whether the person has reached ``age``; None when the answers do not say.

    Over 18 is over 16 too: what follows is not asked.
    """
    if any(answer and known >= age for known, answer in sign_in.ages.items()):
        return True
    if any(not answer and known <= age for known, answer in sign_in.ages.items()):
        return False
    return None


def _is_navigation(asked: Asked) -> bool:
    """Tell whether a redirect would be followed by a person: no form is lost, and no script's call.

    Browsers that do not say so are taken at their method.
    """
    return asked.method in {"GET", "HEAD"} and (
        asked.headers.get("sec-fetch-mode", "navigate") == "navigate"
    )
