"""One run of the authorization pipeline: what is known so far, and where the person is needed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from idp.protocol.authorization_request import AuthorizationRequest
from idp.services.interactions import Interaction

if TYPE_CHECKING:
    from collections.abc import Mapping

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


class Remembered(Struct, frozen=True):
    """What the person already has at the asking client: for the consent page."""

    network_id: str | None
    items: frozenset[str]


class Attempt(AuthorizationRequest):
    """One run of the pipeline: the request, and the person as far as known.

    ``allowed`` is None until the person decided; then it says whether to remember the consent.
    ``browser`` is what this browser is called here. ``acr`` is what the client will be told of the
    sign-in.
    """

    interaction: Interaction = field(default_factory=Interaction)
    cookie: str | None = None
    browser: str = ""
    account: Account | None = None
    allowed: bool | None = None
    remembered: Remembered | None = None
    code: str = ""
    acr: str = ""

    def unpack(self, sent: Mapping[str, str], *, signed: bool) -> None:
        """Put what was pushed or signed in place of what was sent, here and at later steps."""
        AuthorizationRequest.unpack(self, sent, signed=signed)
        self.interaction = replace(self.interaction, sent=sent, signed=signed)

    def came_pushed(self, digest: bytes) -> None:
        """Remember, here and at later steps, which pushed request this is."""
        self.pushed = True
        self.interaction = replace(self.interaction, pushed=digest.hex())

    @property
    def pushed_digest(self) -> bytes | None:
        """The digest of the pushed request's handle; None for a request that was not pushed."""
        return bytes.fromhex(self.interaction.pushed) or None

    @property
    def known_account(self) -> Account:
        """The account signed in; only checks that run after its own may ask."""
        if self.account is None:
            raise Interrupted(Step.SIGN_IN)
        return self.account
