"""What a running instance tells of itself: a log, metrics, traces. Each is an allow-list.

A field, label or attribute that is not on its list cannot be told, so that no person, no bearer
value and no query string gets out by accident (promise P1). Never decides anything.
"""

from idp.observability.log import FIELDS, Log, write_to_stderr

__all__ = ["FIELDS", "Log", "write_to_stderr"]
