"""Joins what reads authorization requests, in whichever way they come."""

from __future__ import annotations

from functools import cached_property

from idp.app.accounts import Accounts
from idp.protocol import acr
from idp.services.pushed_requests import PushedRequests
from idp.services.request_checks import RequestChecks
from idp.services.request_objects import RequestObjects


class Requests(Accounts):
    """The services that read requests. Each property is one of them."""

    @cached_property
    def request_objects(self) -> RequestObjects:
        return RequestObjects(
            issuer=self.issuer,
            clients=self.clients,
            outbound=self.outbound,
            replays=self.replays,
            clock=self.clock,
        )

    @cached_property
    def request_checks(self) -> RequestChecks:
        supported = acr.supported(
            sandbox=self.settings.sandbox, hardware=self.passkeys.can_prove_hardware
        )
        return RequestChecks(
            issuer=self.issuer, resources=self.resources, keys=self.keys, acr_supported=supported
        )

    @cached_property
    def pushed_requests(self) -> PushedRequests:
        return PushedRequests(
            issuer=self.issuer,
            authentication=self.client_authentication,
            dpop=self.dpop,
            request_objects=self.request_objects,
            request_checks=self.request_checks,
            database=self.database,
            vault=self.vault,
            link=self.link,
            clock=self.clock,
            entropy=self.entropy,
        )
