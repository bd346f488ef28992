"""`python -m bff` in a process of its own, with settings that reach nobody."""

import os
import subprocess
import sys
from pathlib import Path

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bff", *arguments]
    return subprocess.run(  # noqa: S603 - our own program
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def with_ledger(folder: Path) -> dict[str, str]:
    """Settings with a ledger that holds nothing yet."""
    (folder / "ledger.db").touch()
    return environment_in(folder)


def environment_in(folder: Path) -> dict[str, str]:
    zones = folder / "zones.json"
    zones.write_text("{}")
    urls = ("SEVENROOMS_URL", "MEMBERSON_URL", "STRIPE_URL", "COGNITO_ISSUER")
    words = (
        *("SEVENROOMS_CLIENT_ID", "SEVENROOMS_CLIENT_SECRET", "SEVENROOMS_CONCIERGE_ID"),
        *("SEVENROOMS_CONCIERGE_GROUP_ID", "MEMBERSON_API_USER", "MEMBERSON_API_PASSWORD"),
        *("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS"),
        *("COGNITO_REGION", "COGNITO_POOL_ID", "COGNITO_CLIENT_ID"),
    )
    return {
        "PATH": os.defpath,
        **dict.fromkeys(urls, "http://127.0.0.1:1"),
        **dict.fromkeys(words, "word"),
        **dict.fromkeys(("DATA_KEYS", "SLOT_KEYS", "COGNITO_PASSWORD_KEY"), KEY),
        "COGNITO_REGION": "ap-southeast-1",
        "VENUE_TIME_ZONES_FILE": str(zones),
        "LEDGER_PATH": str(folder / "ledger.db"),
    }
