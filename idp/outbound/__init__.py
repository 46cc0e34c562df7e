"""The only door from the provider to other machines' HTTP: what is fetched, and what is delivered.

Owns the defence against server-side request forgery. Knows nothing of clients, keys or people, and
reads no settings: it is told what an operator allows.
"""

from idp.outbound.outbound import Fetched, Outbound
from idp.outbound.reach import OutboundRefused, Reach
from idp.outbound.transport import Tls

__all__ = ["Fetched", "Outbound", "OutboundRefused", "Reach", "Tls"]
