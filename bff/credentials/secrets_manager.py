"""Secrets in AWS Secrets Manager: one JSON object of texts each, under `<prefix><name>`."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from bff.credentials.ports import SecretsAway, SecretVersion
from clients.aws import AwsCalls, AwsFailed

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
# A pending version has not been tested. It is tried last of all, for an upstream that has been
# told to take nothing else before the rotation was finished.
_IN_ORDER = (CURRENT, PREVIOUS, PENDING)

_NO_SUCH = "ResourceNotFoundException"


class SecretsManagerSecrets:
    """Implements the port SecretSource. A version never changes, so that each is read once."""

    def __init__(self, calls: AwsCalls, prefix: str) -> None:
        self._calls = calls
        self._prefix = prefix
        self._read: dict[str, dict[str, SecretVersion]] = {}

    async def versions(self, name: str) -> Sequence[SecretVersion]:
        try:
            ids = await self._ids(name)
            known = self._read.get(name, {})
            found = await asyncio.gather(*(self._version(name, each, known) for each in ids))
        except AwsFailed as failure:
            raise SecretsAway(name, failure.code) from None
        self._read[name] = {version.id: version for version in found if version is not None}
        return tuple(self._read[name].values())

    async def _ids(self, name: str) -> list[str]:
        told = await self._calls.run("describe_secret", SecretId=self._prefix + name)
        return ids_in_order(told)

    async def _version(
        self, name: str, version_id: str, known: dict[str, SecretVersion]
    ) -> SecretVersion | None:
        """None for a version that is empty as yet, or gone since it was listed."""
        if version_id in known:
            return known[version_id]
        try:
            told = await self._calls.run(
                "get_secret_value", SecretId=self._prefix + name, VersionId=version_id
            )
        except AwsFailed as failure:
            if failure.code == _NO_SUCH:
                return None
            raise
        return SecretVersion(version_id, fields_of(name, told.get("SecretString")))


def ids_in_order(described: dict[str, Any]) -> list[str]:
    """The ids of the versions with a stage that we know, in the order of trying them."""
    stages = described.get("VersionIdsToStages", {})
    found = [each for stage in _IN_ORDER for each in stages if stage in stages[each]]
    return list(dict.fromkeys(found))


def fields_of(name: str, text: Any) -> dict[str, str]:
    """Errors: SecretsAway, where it is no JSON object; its text is not told."""
    try:
        told = json.loads(text)
        return {str(key): str(value) for key, value in told.items()}
    except (ValueError, TypeError, AttributeError):
        raise SecretsAway(name, "no JSON object") from None
