"""What a server process does once, before it serves."""

import subprocess
import sys
from pathlib import Path

from idp.cli.worker import _YOUNG
from tests.cli.conftest import Idp

TOLD = "print(gc.get_freeze_count(), gc.get_threshold()[0])"
MADE = "import gc; from idp.cli.worker import create; create()"


def test_what_is_there_at_the_start_is_not_looked_through_for_garbage_again(
    tmp_path: Path, idp: Idp
):
    """To do so would hold up everybody for a tenth of a second, again and again."""
    home = tmp_path / "instance"
    assert idp("init", home, "--issuer", "https://id.example").code == 0
    made = subprocess.run(
        [sys.executable, "-c", f"{MADE}; {TOLD}"],
        env={"IDP_HOME": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    set_apart, young = map(int, made.stdout.split())
    assert set_apart > 50_000
    assert young == _YOUNG
