"""Everything that a drill leaves behind, searched for what must not be in it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import private_values

if TYPE_CHECKING:
    from tests.drill.instance import Instance


def leaks(instance: Instance, pg_dump: Path | None) -> list[str]:
    """Return which private values stand in the servers' environments, logs and databases."""
    dump = (instance.folder / "servers.log").read_bytes()
    for server in instance.servers.values():
        dump += Path(f"/proc/{server.pid}/environ").read_bytes()
    settings = instance.parts.settings
    for url in (settings.database_url, settings.enrolment_database_url):
        if pg_dump is None:
            dump += Path(url.removeprefix("sqlite:///")).read_bytes()
        else:
            dump += subprocess.run([pg_dump, url], check=True, capture_output=True).stdout
    instance.parts.keystore.look_again()
    return private_values.seen_in(dump, private_values.of(instance.parts.keystore))
