"""What every place where secrets are kept must do."""

import pytest

from bff.credentials.ports import SecretsAway
from bff.credentials.secrets_manager import SecretsManagerSecrets
from clients.aws import open_aws
from tests.aws_stand_ins import client, pointing_boto3_at
from tests.secret_kinds import Place, Vaulted, kept, versioned

__all__ = ["kept", "versioned"]

OLD = {"SEVENROOMS_CLIENT_ID": "id", "SEVENROOMS_CLIENT_SECRET": "canary-old"}
NEW = {"SEVENROOMS_CLIENT_ID": "id", "SEVENROOMS_CLIENT_SECRET": "canary-new"}


async def test_a_secret_is_read_as_it_was_put(kept: Place) -> None:
    kept.put("sevenrooms", OLD)
    (only,) = await kept.source.versions("sevenrooms")
    assert only.fields == OLD


async def test_a_secret_that_is_not_there_is_away(kept: Place) -> None:
    kept.put("sevenrooms", OLD)
    with pytest.raises(SecretsAway, match=r"^secret memberson: "):
        await kept.source.versions("memberson")


async def test_nothing_of_a_secret_is_in_its_repr(kept: Place) -> None:
    kept.put("sevenrooms", OLD)
    assert "canary" not in repr(await kept.source.versions("sevenrooms"))


async def test_a_new_version_is_seen_at_the_next_look_and_the_old_one_follows(
    versioned: Place,
) -> None:
    versioned.put("sevenrooms", OLD)
    (before,) = await versioned.source.versions("sevenrooms")
    versioned.put("sevenrooms", NEW)
    first, second = await versioned.source.versions("sevenrooms")
    assert (first.fields, second.fields) == (NEW, OLD)
    assert second.id == before.id != first.id


async def test_of_three_the_pending_version_comes_last_and_others_not_at_all(aws: str) -> None:
    vaulted = Vaulted(aws)
    vaulted.put("stripe", {"key": "oldest"})
    vaulted.put("stripe", {"key": "previous"})
    vaulted.put("stripe", {"key": "current"})
    vaulted.put("stripe", {"key": "pending"}, "AWSPENDING")
    vaulted.put("stripe", {"key": "next"}, "NEXT")
    with pointing_boto3_at(secrets_manager=aws):
        async with open_aws("secretsmanager") as calls:
            found = await SecretsManagerSecrets(calls, vaulted.prefix).versions("stripe")
    assert [each.fields["key"] for each in found] == ["current", "previous", "pending"]


@pytest.mark.parametrize("text", ["canary, no JSON", '["canary"]', '"canary"', "null"])
async def test_what_is_no_object_of_texts_is_away_and_not_quoted(aws: str, text: str) -> None:
    vaulted = Vaulted(aws)
    vaulted.client.create_secret(Name=f"{vaulted.prefix}stripe", SecretString=text)
    with pointing_boto3_at(secrets_manager=aws):
        async with open_aws("secretsmanager") as calls:
            with pytest.raises(SecretsAway) as away:
                await SecretsManagerSecrets(calls, vaulted.prefix).versions("stripe")
    assert str(away.value) == "secret stripe: no JSON object"
    assert away.value.__cause__ is None


async def test_a_version_is_read_once(aws: str) -> None:
    vaulted = Vaulted(aws)
    vaulted.put("stripe", {"key": "one"})
    opened = client("secretsmanager", aws)
    with pointing_boto3_at(secrets_manager=aws):
        async with open_aws("secretsmanager") as calls:
            source = SecretsManagerSecrets(calls, vaulted.prefix)
            first = await source.versions("stripe")
            # MiniStack lets a version be overwritten, which AWS does not: so it can be told.
            opened.put_secret_value(
                SecretId=f"{vaulted.prefix}stripe",
                ClientRequestToken=first[0].id,
                SecretString='{"key": "overwritten"}',
            )
            assert await source.versions("stripe") == first
    opened.close()
