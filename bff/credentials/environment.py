"""Secrets in environment variables: one version, for as long as the process runs."""

from collections.abc import Mapping, Sequence

from bff.credentials.ports import SecretsAway, SecretVersion


class EnvironmentSecrets:
    """Implements the port SecretSource."""

    def __init__(self, given: Mapping[str, Mapping[str, str]]) -> None:
        self._given = given

    async def versions(self, name: str) -> Sequence[SecretVersion]:
        if name not in self._given:
            raise SecretsAway(name, "not in the environment")
        return (SecretVersion("environment", self._given[name]),)
