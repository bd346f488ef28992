"""Each place where secrets may be kept, as a test fills it: `kept` is every place in turn.

`versioned` are those of them that know more than one version. Both want `aws` of
`tests.aws_stand_ins`.
"""

import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bff.credentials.environment import EnvironmentSecrets
from bff.credentials.file import FileSecrets
from bff.credentials.ports import SecretSource
from bff.credentials.secrets_manager import SecretsManagerSecrets
from clients.aws import open_aws
from tests.aws_stand_ins import client, pointing_boto3_at

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """`put` makes these fields the current version of a secret."""

    source: SecretSource
    put: Callable[[str, Fields], None]


@asynccontextmanager
async def environment_place() -> AsyncIterator[Place]:
    given: dict[str, Fields] = {}
    yield Place(EnvironmentSecrets(given), given.__setitem__)


@asynccontextmanager
async def file_place(folder: Path) -> AsyncIterator[Place]:
    path = folder / "secrets.json"
    written: dict[str, list[dict[str, Any]]] = {}

    def put(name: str, fields: Fields) -> None:
        versions = written.setdefault(name, [])
        versions.insert(0, {"version": f"version-{len(versions)}", "fields": dict(fields)})
        path.write_text(json.dumps(written), "utf-8")

    path.write_text("{}", "utf-8")
    yield Place(FileSecrets(path), put)


@dataclass
class Vaulted:
    """Secrets Manager, seen by an operator; each test has a prefix of its own."""

    url: str
    prefix: str = field(default_factory=lambda: f"test-{secrets.token_hex(4)}/")

    def __post_init__(self) -> None:
        self.client = client("secretsmanager", self.url)

    def put(self, name: str, fields: Fields, stage: str = "AWSCURRENT") -> str:
        """The id of the version that is made."""
        given = {"SecretString": json.dumps(dict(fields))}
        with contextlib.suppress(self.client.exceptions.ResourceExistsException):
            return str(self.client.create_secret(Name=self.prefix + name, **given)["VersionId"])
        told = self.client.put_secret_value(
            SecretId=self.prefix + name, VersionStages=[stage], **given
        )
        return str(told["VersionId"])

    def stages(self, name: str) -> dict[str, list[str]]:
        told = self.client.describe_secret(SecretId=self.prefix + name)
        return {each: sorted(of) for each, of in told["VersionIdsToStages"].items()}

    def fields(self, name: str, stage: str = "AWSCURRENT") -> dict[str, str]:
        told = self.client.get_secret_value(SecretId=self.prefix + name, VersionStage=stage)
        return json.loads(told["SecretString"])  # type: ignore[no-any-return]


@asynccontextmanager
async def secrets_manager_place(url: str) -> AsyncIterator[Place]:
    vaulted = Vaulted(url)
    with pointing_boto3_at(secrets_manager=url):
        async with open_aws("secretsmanager") as calls:
            yield Place(SecretsManagerSecrets(calls, vaulted.prefix), vaulted.put)
    vaulted.client.close()


@asynccontextmanager
async def _place(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with contextlib.AsyncExitStack() as stack:
        if kind == "environment":
            yield await stack.enter_async_context(environment_place())
        elif kind == "file":
            folder: Path = request.getfixturevalue("tmp_path")
            yield await stack.enter_async_context(file_place(folder))
        else:
            url: str = request.getfixturevalue("aws")
            yield await stack.enter_async_context(secrets_manager_place(url))


@pytest.fixture(params=["environment", "file", "secretsmanager"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with _place(request.param, request) as opened:
        yield opened


@pytest.fixture(params=["file", "secretsmanager"])
async def versioned(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with _place(request.param, request) as opened:
        yield opened
