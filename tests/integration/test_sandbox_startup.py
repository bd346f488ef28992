"""Starting and stopping the sandbox as a process."""

import json
import signal
import socket
import subprocess
import sys
import zoneinfo
from pathlib import Path

import httpx
import pytest

from bff.settings import read_settings
from tests.sandbox_process import ROOT, running_sandbox

SEVERAL_SECONDS = 10


def started(*options: str) -> subprocess.CompletedProcess[str]:
    """A start that is meant to fail."""
    command = [sys.executable, "-m", "sandbox", *options]
    return subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def test_the_hand_over_is_complete_when_the_sandbox_has_started(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "new" / "folder") as sandbox:
        handed = json.loads((sandbox.state_dir / "sandbox.json").read_text("utf-8"))
        zones = json.loads(Path(sandbox.environment["VENUE_TIME_ZONES_FILE"]).read_text("utf-8"))
        assert set(handed) == {"control", "environment", "member"}
        assert set(handed["member"]) == {"email", "password"}
        assert len(zones) >= 12
        assert {zoneinfo.ZoneInfo(zone).key for zone in zones.values()} == set(zones.values())
        read_settings(sandbox.bff_environment(tmp_path / "ledger.db"))
        for url in (sandbox.control_url, *sandbox.urls.values()):
            assert httpx.get(url, trust_env=False).status_code < 500


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quickly_and_quietly(tmp_path: Path, how: signal.Signals) -> None:
    errors = tmp_path / "stderr"
    with errors.open("w") as stderr, running_sandbox(tmp_path, stderr=stderr) as sandbox:
        sandbox.fault("memberson", "latency", milliseconds=60_000)
        with httpx.Client(trust_env=False) as waiting:
            with pytest.raises(httpx.ReadTimeout):
                waiting.get(sandbox.urls["memberson"], timeout=0.2)
            sandbox.process.send_signal(how)
            assert sandbox.process.wait(SEVERAL_SECONDS) == 0
    assert errors.read_text("utf-8") == ""
    assert not (tmp_path / "sandbox.json").exists()


def test_a_taken_port_is_one_sentence_and_leaves_no_hand_over(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        failed = started("--state-dir", str(tmp_path), "--stripe-port", port)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.count("\n") == 1
    assert f"port {port} on 127.0.0.1" in failed.stderr
    assert "--stripe-port" in failed.stderr
    assert not (tmp_path / "sandbox.json").exists()


def test_a_chosen_port_is_the_one_it_listens_on(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with running_sandbox(tmp_path, "--memberson-port", str(port)) as sandbox:
        assert sandbox.environment["MEMBERSON_URL"] == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    "options",
    [
        ("--memberson-port", "70000"),
        ("--memberson-port", "eight"),
        ("--host", "no.such.host.invalid"),
    ],
)
def test_an_unusable_option_is_told_without_a_traceback(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    failed = started("--state-dir", str(tmp_path), *options)
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    assert options[1] in failed.stderr


def test_a_state_dir_that_cannot_be_made_is_told_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    failed = started("--state-dir", str(tmp_path / "file" / "below"))
    assert failed.returncode == 2
    assert failed.stderr.startswith("sandbox: cannot write to ")
    assert failed.stderr.count("\n") == 1
