"""What a server process does once, before it serves."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Idp

MADE = "import gc; from idp.cli.worker import create; create(); print(gc.get_freeze_count())"


def test_what_is_there_at_the_start_is_not_looked_through_for_garbage_again(
    tmp_path: Path, idp: Idp
):
    """To do so would hold up everybody for a tenth of a second, again and again."""
    home = tmp_path / "instance"
    assert idp("init", home, "--issuer", "https://id.example").code == 0
    made = subprocess.run(
        [sys.executable, "-c", MADE],
        env={"IDP_HOME": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(made.stdout) > 50_000
