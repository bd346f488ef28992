"""Where secrets of ours are kept, whatever keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class SecretsAway(Exception):
    """Whoever keeps the secrets does not answer, or not to us; `reason` holds nothing of them."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"secret {name}: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """`id` tells versions apart, says nothing of them, and is the same to every running copy."""

    id: str
    fields: Mapping[str, str] = field(repr=False)


class SecretSource(Protocol):
    async def versions(self, name: str) -> Sequence[SecretVersion]:
        """The versions of a secret: the current one, the one before, and one that is to come.

        Each where there is one, and in this order, which is that of trying them. Errors:
        SecretsAway.
        """
        ...
