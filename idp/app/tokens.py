"""Joins what has to do with tokens after a sign-in, and the rotation of their keys."""

from __future__ import annotations

from functools import cached_property

from idp.app.foundation import Foundation
from idp.domain.refresh_token import Lifetimes
from idp.domain.rotation import Schedule
from idp.services.compromise import Compromise, Given
from idp.services.key_check import KeyCheck
from idp.services.outside import Outside
from idp.services.refresh_tokens import RefreshTokens
from idp.services.revocation import Revocation
from idp.services.rotation import Rotation


class TokenSide(Foundation):
    """The services of tokens. Each property is one of them."""

    @cached_property
    def lifetimes(self) -> Lifetimes:
        chosen = self.settings
        return Lifetimes(
            chosen.refresh_idle_days, chosen.refresh_days, chosen.refresh_grace_seconds
        )

    @cached_property
    def rotation(self) -> Rotation:
        chosen = self.settings
        return Rotation(
            database=self.database,
            lives=self.key_lives,
            leases=self.leases,
            schedule=Schedule(chosen.key_rotation_days, chosen.key_overlap_days),
            clock=self.clock,
        )

    @cached_property
    def refresh_tokens(self) -> RefreshTokens:
        return RefreshTokens(
            self.database,
            self.vault,
            self.activity,
            entropy=self.entropy,
            lifetimes=self.lifetimes,
        )

    @cached_property
    def compromise(self) -> Compromise:
        return Compromise(
            database=self.database,
            lives=self.key_lives,
            store=self.parts.keystore,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def given(self) -> Given:
        return Given(self.database, self.refresh_tokens, self.vault)

    @cached_property
    def key_check(self) -> KeyCheck:
        return KeyCheck(
            database=self.database,
            nodes=self.nodes,
            store=self.parts.keystore,
            outside=Outside(self.outbound, self.issuer),
        )

    @cached_property
    def revocation(self) -> Revocation:
        return Revocation(
            issuer=self.issuer,
            database=self.database,
            authentication=self.client_authentication,
            refresh_tokens=self.refresh_tokens,
            live=self.live_tokens,
            vault=self.vault,
            keys=self.keys,
            clock=self.clock,
        )
