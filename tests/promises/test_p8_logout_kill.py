"""A logout that was committed is told, whenever the process dies: at least once."""

import subprocess
import sys
from pathlib import Path

from idp.storage import logouts, schema
from idp.storage.connect import connect
from tests.support.rows import NOW

ROWS = 100
ROOT = Path(__file__).parents[2]
# Puts logouts into the outbox, says so after each, then takes one after the other to send it, as
# `services.logouts` does; dies somewhere on the way.
NODE = """
import asyncio, sys
from idp.storage import logouts
from idp.storage.connect import connect

async def main():
    database, now, rows = connect(sys.argv[1], durable=True), int(sys.argv[2]), int(sys.argv[3])
    await database.open()
    for number in range(rows):
        row_id = number.to_bytes(16, "big")
        await logouts.add(database, row_id=row_id, facts_sealed=b"sealed", due_at=now)
        print("put", row_id.hex(), flush=True)
    for row in await logouts.due(database, now=now, batch=rows):
        await logouts.claim(database, row["id"], old_tries=0, next_at=now + 30)
        await logouts.remove(database, row["id"])
        print("sent", row["id"].hex(), flush=True)

asyncio.run(main())
"""


def run_until_killed(url: str, lines: int) -> list[list[str]]:
    command = [sys.executable, "-c", NODE, url, str(NOW), str(ROWS)]
    node = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert node.stdout is not None
    said = [node.stdout.readline() for _ in range(lines)]
    node.kill()
    rest, _ = node.communicate()
    whole = [line.split() for line in [*said, *rest.splitlines()]]
    return [words for words in whole if len(words) == 2 and len(words[1]) == 32]


async def test_p8_what_ended_before_kill_9_is_told_after_it(tmp_path: Path):
    for turn, lines in enumerate((ROWS // 2, ROWS + 20)):  # while it puts, and while it sends
        url = f"sqlite:///{tmp_path / f'{turn}.db'}"
        schema.upgrade(schema.Store.PROVIDER, url)
        said = run_until_killed(url, lines)
        put = {row_id for word, row_id in said if word == "put"}
        sent = {row_id for word, row_id in said if word == "sent"}
        assert len(put) >= ROWS // 2
        assert bool(sent) == (turn == 1)
        database = connect(url)
        await database.open()
        try:
            rows = await logouts.due(database, now=NOW + 30, batch=ROWS)
        finally:
            await database.close()
        left = {row["id"].hex() for row in rows}
        # At most one was sent without anybody hearing of it: the one under way.
        assert len(put - sent - left) <= 1
        assert not sent & left
