"""Every table. Two stores: the provider's, and the enrolment store with its own database URL.

What stands in clear, and why a dump links nothing, is DESIGN §4 and DECISIONS 19. Times on the
person side are whole days. Columns are integers, text and bytes alone, so that rows pass to the
drivers without conversion.

How a database lays a table out is said by the migrations alone: SQLAlchemy would load all of both
dialects to be told it here. SQLite's tables have no row numbers, which would keep the order of
arrival; what an index is confined to stands in its ``info``.
"""

from idp.storage.tables.audit import audit, audit_nodes, audit_tree, tree_heads
from idp.storage.tables.enrolment import enrolments, vouchers
from idp.storage.tables.keys import (
    changes,
    instance,
    leases,
    nodes,
    schedule_runs,
    secret_versions,
    signing_keys,
)
from idp.storage.tables.metadata import enrolment, provider
from idp.storage.tables.operator import (
    operator_links,
    operator_passkeys,
    operator_sessions,
    operators,
    proposals,
)
from idp.storage.tables.person import (
    activity,
    appeals,
    closings,
    passkeys,
    people,
    recoveries,
    recovery_codes,
    sessions,
)
from idp.storage.tables.platform import (
    clients,
    consents,
    former_clients,
    grants,
    pseudonyms,
    registration_tokens,
)
from idp.storage.tables.single_use import (
    logouts,
    notices,
    pushed_requests,
    replays,
    throttles,
)

__all__ = [
    "activity",
    "appeals",
    "audit",
    "audit_nodes",
    "audit_tree",
    "changes",
    "clients",
    "closings",
    "consents",
    "enrolment",
    "enrolments",
    "former_clients",
    "grants",
    "instance",
    "leases",
    "logouts",
    "nodes",
    "notices",
    "operator_links",
    "operator_passkeys",
    "operator_sessions",
    "operators",
    "passkeys",
    "people",
    "proposals",
    "provider",
    "pseudonyms",
    "pushed_requests",
    "recoveries",
    "recovery_codes",
    "registration_tokens",
    "replays",
    "schedule_runs",
    "secret_versions",
    "sessions",
    "signing_keys",
    "throttles",
    "tree_heads",
    "vouchers",
]
