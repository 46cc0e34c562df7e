"""Joins what keeps people's ways into their own accounts: passkeys, recovery, contact."""

from __future__ import annotations

from functools import cached_property

from idp.app.foundation import Foundation
from idp.services.contacts import Contacts
from idp.services.passkeys import Passkeys
from idp.services.recovery import Recovery, Tools
from idp.services.recovery_codes import RecoveryCodes
from idp.settings.values import read_roots


class Accounts(Foundation):
    """The services of a person's own ways in. Each property is one of them."""

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(
            database=self.database,
            vault=self.vault,
            notices=self.notices,
            activity=self.activity,
            link=self.link,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def passkeys(self) -> Passkeys:
        return Passkeys(
            ceremonies=self.ceremonies,
            database=self.database,
            vault=self.vault,
            sessions=self.sessions,
            activity=self.activity,
            clock=self.clock,
            entropy=self.entropy,
            sandbox=self.settings.sandbox,
            roots=read_roots(self.settings.attestation_roots),
        )

    @cached_property
    def recovery_codes(self) -> RecoveryCodes:
        return RecoveryCodes(
            self.database,
            self.activity,
            self.replays,
            link=self.link,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery(
            Tools(
                database=self.database,
                replays=self.replays,
                vault=self.vault,
                sealer=self.browser_seal,
                clock=self.clock,
                entropy=self.entropy,
                days=self.settings.recovery_days,
            ),
            codes=self.recovery_codes,
            ceremonies=self.ceremonies,
            passkeys=self.passkeys,
            sessions=self.sessions,
            activity=self.activity,
        )
