"""What the demo platforms share: pages, sessions, words, the way they are started.

A platform of its own has all this already. What integrating costs it stands in the `app` module
of each demo platform. Never speaks the protocol: that is the SDK's.
"""

from relying_parties.demo.serve import main
from relying_parties.demo.settings import Settings
from relying_parties.demo.shell import Demo

__all__ = ["Demo", "Settings", "main"]
