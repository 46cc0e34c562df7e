"""One run of the authorization pipeline: what is known so far, and where the person is needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from idp.protocol.authorization_request import AuthorizationRequest
from idp.services.interactions import Interaction

if TYPE_CHECKING:
    from idp.services.sessions import Account


class Step(StrEnum):
    """What the person has to be asked before there can be a code."""

    SIGN_IN = "sign_in"
    SELECT_ACCOUNT = "select_account"
    CONSENT = "consent"
    SUSPENDED = "suspended"


class Interrupted(Exception):
    """The pipeline cannot go on without the person."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.step = step


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the person already has at the asking client: for the consent page."""

    network_id: str | None
    items: frozenset[str]


@dataclass(slots=True)
class Attempt(AuthorizationRequest):
    """One run of the pipeline: the request, and the person as far as known.

    ``allowed`` is None until the person decided; then it says whether to remember the consent.
    ``acr`` is what the client will be told of the sign-in.
    """

    interaction: Interaction = field(default_factory=Interaction)
    cookie: str | None = None
    account: Account | None = None
    allowed: bool | None = None
    remembered: Remembered | None = None
    code: str = ""
    acr: str = ""

    @property
    def known_account(self) -> Account:
        """The account signed in; only checks that run after its own may ask."""
        if self.account is None:
            raise Interrupted(Step.SIGN_IN)
        return self.account
