"""What comes by npm: where that, or its registry, is not to be had, tests of it are skipped."""

from pathlib import Path
from typing import Final

import pytest

# The one reason that REQUIRE_ALL=1 allows: `make` says so and goes on, on such a machine too.
LEFT_OUT: Final = "no packages for Node (Debian: apt-get install npm; then make test)"


def needs_packages_of(folder: Path) -> pytest.MarkDecorator:
    """Return the mark of a test that needs what `npm ci` puts into ``folder``, if anything."""
    wanted = (folder / "package.json").exists()
    missing = wanted and not (folder / "node_modules").exists()
    return pytest.mark.skipif(missing, reason=LEFT_OUT)
