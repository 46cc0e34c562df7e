"""What operators do, joined: one field of the site's services, and one place that builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from msgspec import Struct

from idp.services.appeals import Appeals
from idp.services.cases import Cases
from idp.services.operator_passkeys import OperatorPasskeys
from idp.services.operator_sessions import OperatorSessions
from idp.services.operators import Operators
from idp.services.proposals import Proposals
from idp.services.suspensions import Suspensions

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.domain.sealing import Sealer
    from idp.services.activity import Activity
    from idp.services.audit import Audit
    from idp.services.audit_check import AuditCheck
    from idp.services.audit_export import AuditExport
    from idp.services.ceremonies import Ceremonies
    from idp.services.clients import Clients
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.sessions import Sessions
    from idp.services.tree_heads import TreeHeads
    from idp.services.vault import Vault
    from idp.storage.database import Database


class Operations(Struct, frozen=True):
    """The use cases of operators."""

    appeals: Appeals
    audit: Audit
    audit_check: AuditCheck
    audit_export: AuditExport
    cases: Cases
    operators: Operators
    passkeys: OperatorPasskeys
    proposals: Proposals
    sessions: OperatorSessions
    tree_heads: TreeHeads

    @classmethod
    def joined(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        cls,
        *,
        database: Database,
        vault: Vault,
        activity: Activity,
        audit: Audit,
        audit_check: AuditCheck,
        audit_export: AuditExport,
        tree_heads: TreeHeads,
        ceremonies: Ceremonies,
        clients: Clients,
        pseudonyms: Pseudonyms,
        sessions: Sessions,
        sealer: Sealer,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> Self:
        """Build them all."""
        operators = Operators(
            database=database,
            vault=vault,
            audit=audit,
            sealer=sealer,
            link=link,
            clock=clock,
            entropy=entropy,
        )
        passkeys = OperatorPasskeys(
            ceremonies=ceremonies,
            database=database,
            operators=operators,
            audit=audit,
            clock=clock,
            entropy=entropy,
        )
        suspensions = Suspensions(
            vault=vault,
            activity=activity,
            clients=clients,
            pseudonyms=pseudonyms,
            sessions=sessions,
        )
        cases = Cases(
            database=database,
            vault=vault,
            activity=activity,
            pseudonyms=pseudonyms,
            suspensions=suspensions,
            clock=clock,
        )
        return cls(
            appeals=Appeals(
                database=database,
                vault=vault,
                audit=audit,
                activity=activity,
                suspensions=suspensions,
                clock=clock,
                entropy=entropy,
            ),
            audit=audit,
            audit_check=audit_check,
            audit_export=audit_export,
            cases=cases,
            operators=operators,
            passkeys=passkeys,
            proposals=Proposals(
                database=database, cases=cases, audit=audit, clock=clock, entropy=entropy
            ),
            sessions=OperatorSessions(database, vault, clock, entropy),
            tree_heads=tree_heads,
        )
