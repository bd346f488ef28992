"""Data keys that a KMS key has sealed, opened once at the start.

KMS sees the data keys only, never a member's data, and no request waits for it. Take the KMS key
away, and what the data keys sealed stays shut.
"""

import asyncio
from collections.abc import Mapping, Sequence

from clients.aws import AwsFailed, open_aws

# KMS binds a sealed key to what it is for; CloudTrail shows it.
CONTEXT: Mapping[str, str] = {"application": "como-club-bff", "purpose": "data-key"}


class CannotOpenKeys(Exception):
    """KMS did not open a data key; without it nothing that is kept can be read."""


async def opened_keys(sealed: Sequence[bytes], kms_key: str) -> tuple[bytes, ...]:
    """The data keys, in order. Errors: CannotOpenKeys."""
    async with open_aws("kms") as calls:
        opened = (
            calls.run("decrypt", CiphertextBlob=one, KeyId=kms_key, EncryptionContext=CONTEXT)
            for one in sealed
        )
        try:
            return tuple(bytes(key["Plaintext"]) for key in await asyncio.gather(*opened))
        except AwsFailed as failure:
            raise CannotOpenKeys(f"cannot open the data keys: {failure}") from None


async def new_sealed_key(kms_key: str) -> bytes:
    """A new data key, sealed; nobody has seen it. Errors: AwsFailed."""
    async with open_aws("kms") as calls:
        made = await calls.run(
            "generate_data_key_without_plaintext",
            KeyId=kms_key,
            KeySpec="AES_256",
            EncryptionContext=CONTEXT,
        )
    return bytes(made["CiphertextBlob"])
