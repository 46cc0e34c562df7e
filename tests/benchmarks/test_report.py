import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks import peer, profile
from tests.benchmarks.__main__ import main
from tests.benchmarks.chart import Bar, draw, step_of
from tests.benchmarks.processes import cpu_seconds, largest, machine_seconds, tree
from tests.benchmarks.report import (
    LOGINS,
    MARKS,
    PAGE,
    POPULATION,
    PROFILE,
    SOAK,
    between,
    markdown,
)

SVG = "{http://www.w3.org/2000/svg}"


def test_only_what_is_between_the_marks_is_written_anew():
    begin, end = MARKS.format(SOAK), MARKS.format(f"end of {SOAK}")
    page = f"before\n{begin}\nold\n{end}\nafter\n"
    assert between(page, SOAK, ["new"]) == f"before\n{begin}\n\nnew\n\n{end}\nafter\n"


def test_a_page_without_marks_is_left_alone():
    with pytest.raises(ValueError, match="marks"):
        between("no marks", LOGINS, ["new"])


@pytest.mark.parametrize("part", [LOGINS, PROFILE, SOAK, POPULATION])
def test_our_page_has_its_marks(part: str):
    between(PAGE.read_text(encoding="utf-8"), part, [])


def test_a_table_has_a_rule():
    assert markdown(["a", "b"], [["1", "2"]]) == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


def test_the_chart_draws_each_bar_to_scale_with_the_database_apart():
    drawn = ET.fromstring(  # noqa: S314 - our own
        draw("A & B", "s", [Bar("ours", 1.0, 0.5, ours=True), Bar("Node", 3.0, 0, ours=False)])
    )
    bars = {one.get("class"): float(str(one.get("width"))) for one in drawn.iter(f"{SVG}rect")}
    widths = {
        one.get("class"): float(str(one.get("width")))
        for one in drawn.iter(f"{SVG}rect")
        if one.get("height") == "22"
    }
    assert set(bars) == {"paper", "server", "peer", "database"}
    assert widths["server"] == pytest.approx(2 * widths["database"], abs=0.2)
    assert widths["peer"] == pytest.approx(3 * widths["server"], abs=0.2)
    assert "prefers-color-scheme: dark" in str(drawn.find(f"{SVG}style").text)  # type: ignore[union-attr]


@pytest.mark.parametrize("most", [0.3, 0.9, 2.2, 7.0, 40.0])
def test_a_chart_has_few_grid_lines(most: float):
    assert most / step_of(most) <= 6


def test_a_tree_of_processes_is_counted_with_what_has_ended():
    before = cpu_seconds(os.getpid())
    busy = (
        "import os, time\nwhile time.process_time() < 0.1: pass\nprint(os.getpid(), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", f"{busy}input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in tree(os.getpid())
        assert largest(child.pid).pss > 0
        alive = cpu_seconds(os.getpid())
    assert round(alive - before, 2) >= 0.09  # whole ticks of the kernel
    assert cpu_seconds(os.getpid()) >= alive
    assert machine_seconds() > 0


@pytest.mark.parametrize(
    ("function", "part"),
    [
        ("/srv/x/idp/storage/sqlite.py:commit", "idp/storage"),
        ("/srv/x/idp/settings.py:load", "idp/settings"),
        ("/srv/x/.venv/lib/python3.11/site-packages/uvicorn/server.py:f", "uvicorn"),
        ("/usr/lib/python3.11/json/decoder.py:f", "Python's library"),
    ],
)
def test_a_sample_counts_for_the_part_that_it_was_in(function: str, part: str):
    assert profile.part(function) == part
    assert "/srv/x/" not in profile.short(function)


def test_a_profile_tells_shares():
    seen = {
        ("/x/idp/storage/a.py:one", "/x/idp/web/b.py:two"): 3,
        ("/x/idp/web/b.py:two",): 1,
    }
    told = "\n".join(profile.tell(seen))
    assert "75.0%  idp/storage/a.py:one" in told
    assert "100.0%  idp/web/b.py:two" in told
    assert profile.collapsed(seen).splitlines()[0] == "idp/web/b.py:two;idp/storage/a.py:one 3"


@pytest.mark.parametrize("asked", [["--only", "silent"], ["--soak", "1"], ["--profile", "samples"]])
def test_where_nothing_can_be_measured_it_says_what_is_missing(
    asked: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(peer, "HERE", tmp_path)
    assert main([*asked, "--provider", "node-memory"]) == 1
    said = capsys.readouterr().out
    assert "npm is needed" in said
    assert "Nothing can be measured" in said
