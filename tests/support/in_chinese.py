"""A state of a page once more, in Chinese, without walking there again: by the switch and a reload.

A page that came for a form sends it again, as browsers do. So every state must bear a reload, or
say what brings it back after one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from idp.cli.demo.platforms import PLATFORMS
from idp.web.locales import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Page

    from tests.support.visitor import Visitor

CHINESE: Final = "zh-Hans"
_COOKIES: Final = (COOKIE, *(f"{one.metadata['platform']}-language" for one in PLATFORMS))
_WITH_THE_BROWSER, _PAST = -1.0, 1.0  # when a cookie ends
_FOLDS: Final = "() => Array.from(document.querySelectorAll('details'), one => one.open)"
_FOLD: Final = """folds => document.querySelectorAll("details").forEach(
    (one, place) => { one.open = folds[place] ?? one.open; })"""


class Fleeting(str):
    """The name of a state that is gone after a reload; ``again`` brings it back from there."""

    __slots__ = ("again",)
    again: Callable[[], object]

    def __new__(cls, name: str, again: Callable[[], object]) -> Self:
        made = super().__new__(cls, name)
        made.again = again
        return made


def show_in_chinese(visitor: Visitor, state: str) -> None:
    """Show what the page shows as to somebody who has switched; what follows is as before."""
    page = visitor.page
    folds = page.evaluate(_FOLDS)
    _switch(visitor)
    page.reload()
    if isinstance(state, Fleeting):
        state.again()
    _fold(page, folds)
    _switch(visitor, expires=_PAST)


def _switch(visitor: Visitor, expires: float = _WITH_THE_BROWSER) -> None:
    """Do what the language switches of the provider and of both platforms do, or undo it."""
    visitor.page.context.add_cookies(
        [
            {"name": name, "value": CHINESE, "url": visitor.demo.issuer, "expires": expires}
            for name in _COOKIES
        ]
    )


def _fold(page: Page, folds: Sequence[bool]) -> None:
    page.evaluate(_FOLD, folds)
