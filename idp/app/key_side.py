"""Joins what works with keys and secrets, and follows their versions."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from idp.domain.dedup_keys import DedupKeys
from idp.domain.link_keys import LinkKeys
from idp.domain.sealing import Sealer
from idp.domain.secret_key import DerivedKeys, SecretDomain
from idp.domain.signing_key import Policy
from idp.keystore.client_key import ClientKey
from idp.keystore.errors import KeystoreError
from idp.keystore.note_key import NoteKeys
from idp.services.audit import Audit
from idp.services.audit_check import AuditCheck
from idp.services.audit_export import AuditExport
from idp.services.audit_tree import AuditTree
from idp.services.changes import Changes, Kind
from idp.services.key_lives import KeyLives
from idp.services.keys import SigningKeys
from idp.services.leases import Leases
from idp.services.nodes import Nodes
from idp.services.outside import Outside
from idp.services.secret_versions import SecretVersions
from idp.services.tree_heads import TreeHeads
from idp.services.vault import Vault

if TYPE_CHECKING:
    from idp.app.parts import Parts


class KeySide:
    """Seals, tags, signatures, and the log of what is done with them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.settings = parts.settings
        self.clock = parts.clock
        self.entropy = parts.entropy
        self.database = parts.database
        self.issuer = parts.settings.issuer
        self.outbound = parts.outbound
        self.zone = ZoneInfo(parts.settings.time_zone)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.field_seal)

    @cached_property
    def secrets(self) -> SecretVersions:
        return SecretVersions(
            self.database,
            self.parts.keystore,
            self.clock,
            self.entropy,
            most_seconds=self.policy.margin,
        )

    @cached_property
    def link(self) -> LinkKeys:
        secret = self.secrets.secret(SecretDomain.LINK)
        keys = LinkKeys(secret, check=self.secrets.check_fresh)
        return self.secrets.following(SecretDomain.LINK, keys)

    @cached_property
    def dedup(self) -> DedupKeys:
        keys = DedupKeys(self.secrets.secret(SecretDomain.DEDUP))
        return self.secrets.following(SecretDomain.DEDUP, keys)

    @cached_property
    def field_seal(self) -> Sealer:
        return self._sealer(SecretDomain.FIELD)

    @cached_property
    def browser_seal(self) -> Sealer:
        return self._sealer(SecretDomain.SESSION)

    def _sealer(self, domain: SecretDomain) -> Sealer:
        return self.secrets.following(domain, Sealer(self.secrets.secret(domain), self.entropy))

    def _derived(self, label: bytes) -> DerivedKeys:
        secret = self.secrets.secret(SecretDomain.SESSION)
        return self.secrets.following(SecretDomain.SESSION, DerivedKeys(secret, label))

    @cached_property
    def csrf_keys(self) -> DerivedKeys:
        return self._derived(b"network-id/csrf/1")

    @cached_property
    def client_key(self) -> ClientKey:
        key = ClientKey(self.secrets.secret(SecretDomain.SESSION))
        return self.secrets.following(SecretDomain.SESSION, key)

    @cached_property
    def keys(self) -> SigningKeys:
        return SigningKeys(self.parts.keystore.signers(), self.clock, self.policy)

    @cached_property
    def policy(self) -> Policy:
        return Policy(jwks_max_age=self.settings.jwks_max_age)

    @cached_property
    def leases(self) -> Leases:
        return Leases(self.database, self.clock, self.entropy)

    @cached_property
    def nodes(self) -> Nodes:
        return Nodes(self.database, self.clock, self.entropy, self.policy)

    @cached_property
    def key_lives(self) -> KeyLives:
        lives = KeyLives(
            database=self.database,
            keys=self.keys,
            store=self.parts.keystore,
            secrets=self.secrets,
            outside=Outside(self.outbound, self.issuer),
            nodes=self.nodes,
            leases=self.leases,
            audit=self.audit,
            clock=self.clock,
            entropy=self.entropy,
        )
        self.changes.follow(Kind.KEYS, self._keys_changed)
        return lives

    async def _keys_changed(self) -> None:
        """Follow at once. What is not at hand here ``keep_up`` tells, and tries again."""
        with suppress(KeystoreError):
            await self.secrets.load()
        with suppress(KeystoreError, ValueError):  # what is served is the table's by then
            await self.key_lives.load()

    @cached_property
    def changes(self) -> Changes:
        return Changes(self.database, self.clock)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.database, self.audit_tree, clock=self.clock, entropy=self.entropy)

    @cached_property
    def audit_tree(self) -> AuditTree:
        keys = NoteKeys(self.secrets.secret(SecretDomain.AUDIT))
        return AuditTree(self.issuer, self.secrets.following(SecretDomain.AUDIT, keys))

    @cached_property
    def audit_check(self) -> AuditCheck:
        return AuditCheck(self.database, self.audit_tree)

    @cached_property
    def audit_export(self) -> AuditExport:
        return AuditExport(self.database, self.audit_tree)

    @cached_property
    def tree_heads(self) -> TreeHeads:
        return TreeHeads(self.database, self.audit_tree, self.audit, self.clock)
