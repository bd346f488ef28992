"""Data keys that a KMS key has sealed open at the start, for whoever may use that key."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bff.cli.data_keys import added, made
from bff.credentials.kms import CONTEXT, CannotOpenKeys, opened_keys
from bff.environment import in_file, sealed_keys
from bff.settings import KeyFile
from tests.aws_stand_ins import client, pointing_boto3_at


@dataclass
class Kms:
    client: Any
    key: str

    def sealed(self, key: bytes, context: dict[str, str] | None = None) -> bytes:
        answer = self.client.encrypt(
            KeyId=self.key, Plaintext=key, EncryptionContext=context or dict(CONTEXT)
        )
        return bytes(answer["CiphertextBlob"])


@pytest.fixture
def kms(aws: str) -> Iterator[Kms]:
    opened = client("kms", aws)
    with pointing_boto3_at(kms=aws):
        yield Kms(opened, opened.create_key()["KeyMetadata"]["KeyId"])
    opened.close()


async def test_sealed_keys_open_in_their_order(kms: Kms) -> None:
    keys = (secrets.token_bytes(32), secrets.token_bytes(32))
    assert await opened_keys([kms.sealed(key) for key in keys], kms.key) == keys


async def test_a_key_made_by_kms_itself_opens(kms: Kms) -> None:
    made = kms.client.generate_data_key_without_plaintext(
        KeyId=kms.key, KeySpec="AES_256", EncryptionContext=dict(CONTEXT)
    )
    (key,) = await opened_keys([made["CiphertextBlob"]], kms.key)
    assert len(key) == 32


async def test_what_was_sealed_for_another_purpose_or_by_nobody_stays_shut(kms: Kms) -> None:
    key = secrets.token_bytes(32)
    for sealed in (kms.sealed(key, {"purpose": "another"}), b"no ciphertext of any key"):
        with pytest.raises(CannotOpenKeys, match=r"^cannot open the data keys: kms decrypt: \w+$"):
            await opened_keys([sealed], kms.key)


async def test_without_its_kms_key_nothing_opens(kms: Kms) -> None:
    sealed = kms.sealed(secrets.token_bytes(32))
    kms.client.disable_key(KeyId=kms.key)
    with pytest.raises(CannotOpenKeys):
        await opened_keys([sealed], kms.key)


async def test_the_file_of_keys_holds_them_sealed_where_there_is_a_kms_key(
    kms: Kms, tmp_path: Path
) -> None:
    file = KeyFile(path=tmp_path / "data-keys", kms_key=kms.key)
    await made(file)
    await added(file)
    sealed = in_file(sealed_keys)(str(file.path))
    keys = await opened_keys(sealed, kms.key)
    assert [len(key) for key in keys] == [32, 32]
    assert not set(keys) & set(sealed)
