"""What operators do, joined: one field of the site's services, and one place that builds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from idp.services.audit import Audit
from idp.services.operator_passkeys import OperatorPasskeys
from idp.services.operator_sessions import OperatorSessions
from idp.services.operators import Operators

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.sealing import Sealer
    from idp.services.ceremonies import Ceremonies
    from idp.services.vault import Vault
    from idp.storage.database import Database


@dataclass(frozen=True, slots=True)
class Operations:
    """The use cases of operators."""

    audit: Audit
    operators: Operators
    passkeys: OperatorPasskeys
    sessions: OperatorSessions

    @classmethod
    def joined(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        cls,
        *,
        database: Database,
        vault: Vault,
        ceremonies: Ceremonies,
        sealer: Sealer,
        link_key: bytes,
        clock: Clock,
        entropy: Entropy,
    ) -> Self:
        """Build them all."""
        audit = Audit(database, clock)
        operators = Operators(
            database=database,
            vault=vault,
            audit=audit,
            sealer=sealer,
            link_key=link_key,
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
        sessions = OperatorSessions(database, vault, clock, entropy)
        return cls(audit, operators, passkeys, sessions)
