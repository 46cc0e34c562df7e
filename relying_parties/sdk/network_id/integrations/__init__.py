"""*Log in with network ID* for web frameworks: routes, cookies, pages and logout, ready.

One way of working for all of them (`core`), and one thin module for each: `starlette` (FastAPI
too), `flask`, `django`. Each imports its framework; this package imports none.
"""

from network_id.integrations.core.ended import EndedInFile, EndedInMemory, EndedSessions
from network_id.integrations.core.refusals import Refusal
from network_id.integrations.core.settings import SettingsError

__all__ = ["EndedInFile", "EndedInMemory", "EndedSessions", "Refusal", "SettingsError"]
