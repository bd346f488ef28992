"""Secrets in a JSON file that something else writes: a mounted volume, an agent.

    {"stripe": [{"version": "2026-11", "fields": {"STRIPE_SECRET_KEY": "...", ...}}, ...], ...}

The first version of each secret is the current one. The file is read again whenever it is asked.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bff.credentials.ports import SecretsAway, SecretVersion


class FileSecrets:
    """Implements the port SecretSource."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def versions(self, name: str) -> Sequence[SecretVersion]:
        try:
            told = json.loads(await asyncio.to_thread(self._path.read_text, "utf-8"))
        except OSError as failure:
            raise SecretsAway(name, type(failure).__name__) from None
        except ValueError:  # its text would quote the file
            raise SecretsAway(name, "the file is no JSON") from None
        try:
            return tuple(_version(each) for each in told[name])
        except (KeyError, TypeError):
            raise SecretsAway(name, "not in the file, or not in its form") from None


def _version(told: Any) -> SecretVersion:
    return SecretVersion(
        str(told["version"]), {str(key): str(value) for key, value in told["fields"].items()}
    )
