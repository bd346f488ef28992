"""What MiniStack cannot play: the empty pending version that Secrets Manager begins with."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bff.credentials.rotation import NEXT, CannotRotate, Rotation
from clients.aws import AwsCalls
from clients.guard import Guard

ID = "p/stripe"
NO_SUCH = {"Error": {"Code": "ResourceNotFoundException", "Message": "canary"}}


class SecretsManager:
    """Versions by id: their stages, and their text, None for one that is empty."""

    def __init__(self) -> None:
        self.stages: dict[str, list[str]] = {"old": ["AWSCURRENT"], "token": ["AWSPENDING"]}
        self.texts: dict[str, str | None] = {"old": '{"key": "old"}', "token": None}

    def add_next(self, text: str) -> None:
        self.stages["next"], self.texts["next"] = [NEXT], text

    def describe_secret(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's spelling
        assert SecretId == ID
        return {"VersionIdsToStages": {each: list(of) for each, of in self.stages.items()}}

    def get_secret_value(self, SecretId: str, **which: str) -> dict[str, Any]:  # noqa: N803
        assert SecretId == ID
        named = which.get("VersionId") or next(
            (each for each, of in self.stages.items() if which["VersionStage"] in of), ""
        )
        text = self.texts.get(named)
        if text is None:
            raise ClientError(NO_SUCH, "GetSecretValue")  # type: ignore[arg-type]
        return {"SecretString": text}

    def put_secret_value(self, **given: Any) -> dict[str, Any]:
        assert given["VersionStages"] == ["AWSPENDING"]
        self.texts[given["ClientRequestToken"]] = given["SecretString"]
        return {}


async def directly(_operation: str, call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    return call()


async def nothing(_fields: Mapping[str, str]) -> None: ...


@pytest.fixture
def aws() -> SecretsManager:
    return SecretsManager()


@pytest.fixture
def rotation(aws: SecretsManager) -> Rotation:
    return Rotation(
        AwsCalls(
            "secretsmanager", aws, Guard("secretsmanager", timeout_seconds=3, limit=1), directly
        ),
        "p/",
        {"stripe": nothing},
    )


async def test_the_empty_pending_version_is_filled_with_what_is_labelled_next(
    aws: SecretsManager, rotation: Rotation
) -> None:
    aws.add_next('{"key": "new"}')
    await rotation.do("createSecret", ID, "token")
    await rotation.do("createSecret", ID, "token")
    assert json.loads(aws.texts["token"] or "") == {"key": "new"}
    assert aws.stages["old"] == ["AWSCURRENT"]


async def test_without_a_next_version_it_stays_empty_and_the_operator_is_told_why(
    aws: SecretsManager, rotation: Rotation
) -> None:
    with pytest.raises(CannotRotate, match="no version is labelled NEXT"):
        await rotation.do("createSecret", ID, "token")
    with pytest.raises(CannotRotate):
        await rotation.do("testSecret", ID, "token")
    assert aws.texts["token"] is None


async def test_a_next_version_that_is_in_use_already_is_no_new_secret(
    aws: SecretsManager, rotation: Rotation
) -> None:
    aws.add_next('{"key": "old"}')
    with pytest.raises(CannotRotate, match="is the current one"):
        await rotation.do("createSecret", ID, "token")


async def test_a_step_that_does_not_exist_is_refused(rotation: Rotation) -> None:
    with pytest.raises(CannotRotate, match="no such step"):
        await rotation.do("dropSecret", ID, "token")
