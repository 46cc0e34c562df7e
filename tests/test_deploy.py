"""What lies in deploy/ holds for the code: metrics by their names, links, and proxies' samples."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.support.https import authority
from tests.support.logins import Platform
from tests.support.metrics import scraped
from tests.support.provider import running

ROOT: Final = Path(__file__).parents[1]
DEPLOY: Final = ROOT / "deploy"
RULES: Final = DEPLOY / "prometheus" / "rules.yml"
BOARD: Final = DEPLOY / "grafana" / "network-id.json"
METRIC: Final = re.compile(r"\b(?:netid|process)_[a-z_]+\b")
ROW: Final = re.compile(r"^\| `((?:netid|process)_[a-z_]+)` \| ([^|]*)\|", re.MULTILINE)
TYPE: Final = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
NGINX: Final = shutil.which("nginx", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
PARTS: Final = ("_bucket", "_sum", "_count")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return asyncio.run(scrape(tmp_path_factory.mktemp("scraped")))


async def scrape(folder: Path) -> str:
    async with running(folder, management_port=0, metrics_clients=True) as provider:
        platform = await Platform.register(provider)
        await platform.tokens(provider.browser())
        provider.clock.advance(60)
        return await scraped(provider)


def families(page: str) -> dict[str, str]:
    return dict(TYPE.findall(page))


def series(page: str) -> set[str]:
    found = families(page)
    more = {
        f"{name}{part}" for name, kind in found.items() if kind == "histogram" for part in PARTS
    }
    return set(found) | more


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def board_expressions() -> list[str]:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]


def metrics_in(expressions: list[str]) -> set[str]:
    return {name for one in expressions for name in METRIC.findall(one)}


def test_every_metric_of_an_alert_is_on_the_page_that_is_scraped(page: str):
    used = metrics_in([rule["expr"] for rule in rules()])
    assert len(used) > 15
    assert used - series(page) == set()


def test_every_metric_of_the_dashboard_is_on_the_page_that_is_scraped(page: str):
    used = metrics_in(board_expressions())
    assert len(used) > 20
    assert used - series(page) == set()


def test_every_metric_is_described_with_its_labels(page: str):
    told = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
    rows = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in ROW.findall(told)}
    assert set(rows) == set(families(page))
    seen = re.findall(r"^(\w+)\{([^}]*)\}", page, re.MULTILINE)
    for name, labels in seen:
        own = re.sub(r"_(bucket|sum|count)$", "", name)
        assert set(re.findall(r'(\w+)="', labels)) - {"le"} == rows[own], name


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_and_leads_to_what_to_do(rule: dict[str, Any]):
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    path, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^## (\w+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor == rule["alert"].lower()
    assert rule["alert"] in headings
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_no_alert_stands_twice():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))


def test_no_panel_covers_another():
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(BOARD.read_text(encoding="utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def directives(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def test_nginx_writes_down_no_query_and_no_address():
    text = directives((DEPLOY / "nginx" / "network-id.conf").read_text(encoding="utf-8"))
    logged = re.findall(r"\$\w+", text.partition("log_format")[2].partition(";")[0])
    assert len(logged) > 5
    leaking = {"$request", "$request_uri", "$uri", "$args", "$query_string", "$http_referer"}
    assert leaking & set(logged) == set()
    assert not [name for name in logged if "remote" in name or "cookie" in name]
    assert re.search(r"error_log \S+ crit;", text)  # `error` quotes requests, query and all


def test_caddy_writes_down_no_request():
    text = directives((DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8"))
    assert "exclude http.log.access http.log.error" in text
    assert text.count("{") == text.count("}")


if NGINX is not None:  # a proxy of the operator's choice: nobody has to install this one

    def test_nginx_takes_the_sample(tmp_path: Path):
        _, certificate, key = authority(tmp_path, "id.example")
        text = (DEPLOY / "nginx" / "network-id.conf").read_text(encoding="utf-8")
        text = text.replace("/etc/ssl/id.example/fullchain.pem", str(certificate))
        text = text.replace("/etc/ssl/id.example/privkey.pem", str(key))
        # It binds even to try: ports that anybody may have, on this machine.
        text = re.sub(r"listen \[::\].*", "", text).replace("listen ", "listen 127.0.0.1:18")
        (tmp_path / "sample.conf").write_text(text.replace("/var/log/nginx", str(tmp_path)))
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/pid; error_log stderr; events {{}}"
            f"http {{ {temporary} include {tmp_path}/sample.conf; }}"
        )
        command = [str(NGINX), "-t", "-q", "-c", str(tmp_path / "nginx.conf")]
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        assert tried.returncode == 0, tried.stderr
