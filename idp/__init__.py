"""Network ID: an OpenID Connect provider that gives each platform a pseudonym of its own.

`app` and `cli` join the parts; `web` asks `services`; `services` use `storage`, `proofing` and
`keystore`; `protocol` and `domain` decide. Imports point down only, and the linter keeps it so.
"""

from typing import Final

VERSION: Final = "0.1.0"
