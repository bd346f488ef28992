"""The dashboard and the alert rules speak of what is really told, and lead somewhere."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.test_journeys import POINTS, slots
from tests.running_bff import new_key, running_bff
from tests.sandbox_process import Sandbox
from tests.unit.test_paper import anchors

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "observability"
RULES = FOLDER / "prometheus"
DASHBOARD = FOLDER / "grafana" / "como-club-bff.json"
_METRIC = re.compile(r"\b((?:bff|process)_[a-z0-9_]+)(\{[^}]*\})?")
_LABEL = re.compile(r"(\w+)(?:=~|!~|!=|=)\"")
_SUFFIXES = ("_bucket", "_sum", "_count")


def rules() -> Iterator[dict[str, Any]]:
    for name in ("recording.yml", "alerts.yml"):
        for group in yaml.safe_load((RULES / name).read_text("utf-8"))["groups"]:
            yield from group["rules"]


def queries() -> Iterator[str]:
    """Every PromQL expression of ours."""
    yield from (rule["expr"] for rule in rules())
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


ALERTS = [rule for rule in rules() if "alert" in rule]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_leads_to_its_page_and_says_whom_it_wakes(alert: dict[str, Any]) -> None:
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert f"#{anchor}" in anchors(ROOT / page)
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"]


def test_what_is_recorded_is_what_is_asked_for() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = {name for query in queries() for name in re.findall(r"bff:[a-z0-9:_]+", query)}
    assert asked == recorded


async def test_every_figure_that_is_asked_for_is_told_with_these_labels(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running_bff(sandbox, tmp_path) as app:
        await app.sign_in()
        slot = (await slots(app))[0]
        given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
        await app.data(POINTS, input=given)
        page = (await app.http.get("/metrics")).text
    told = {
        line.split()[2]: line.split()[3] for line in page.splitlines() if line.startswith("# TYPE")
    }
    for query in queries():
        for name, selector in _METRIC.findall(query):
            family = next((name.removesuffix(it) for it in _SUFFIXES if name.endswith(it)), name)
            assert name in told or told.get(family) == "histogram", f"{name} in {query}"
            samples = re.findall(rf"^{name}\{{(.*)\}} ", page, re.MULTILINE)
            for label in _LABEL.findall(selector):
                assert not samples or f'{label}="' in samples[0], f"{label} of {name} in {query}"


promtool = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    promtool is None, reason="promtool (Debian package prometheus) is not installed"
)


def run(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - Prometheus' own tool
        [str(promtool), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_takes_the_rules() -> None:
    run("check", "rules", str(RULES / "recording.yml"), str(RULES / "alerts.yml"))


@needs_promtool
def test_alerts_come_when_they_should_and_not_before() -> None:
    run("test", "rules", str(RULES / "alerts_test.yml"))


@needs_promtool
def test_prometheus_takes_what_the_dashboard_asks(tmp_path: Path) -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    asked = [it["expr"] for panel in panels for it in panel.get("targets", ())]
    named = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(asked)
    ]
    written = tmp_path / "dashboard.yml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": named}]}))
    run("check", "rules", str(written))
