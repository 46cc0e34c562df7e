"""Joins everything: settings, clock, entropy, keys, databases, services, endpoints.

The only place where the real clock and the real source of randomness are built (``system``).
Decides nothing: whoever looks for a rule looks in the layers below.
"""

from idp.app.keystore import complete_keystore, make_keystore, open_keystore, unmake_keystore
from idp.app.last_seen import NotServable
from idp.app.parts import (
    Parts,
    SchemaOutdated,
    check_schema,
    database_at,
    parts_of,
)
from idp.app.services import build_services
from idp.app.system import SystemClock, SystemEntropy
from idp.app.web import build, create

__all__ = [
    "NotServable",
    "Parts",
    "SchemaOutdated",
    "SystemClock",
    "SystemEntropy",
    "build",
    "build_services",
    "check_schema",
    "complete_keystore",
    "create",
    "database_at",
    "make_keystore",
    "open_keystore",
    "parts_of",
    "unmake_keystore",
]
