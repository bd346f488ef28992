"""A secret of ours that an upstream may stop taking: its versions, and which of them to try first.

While a secret is being replaced, the upstream may take the old one, the new one, or both, and we
may hear of that earlier or later than it does.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from clients.errors import NotSent, Refused, Unauthorised

S_co = TypeVar("S_co", covariant=True)
V = TypeVar("V")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Version(Generic[S_co]):
    """`id` names the version and says nothing of it."""

    id: str
    value: S_co = field(repr=False)


class Versions(Protocol[S_co]):
    """Deals with its own failures: at worst it knows no version."""

    def known(self) -> Sequence[Version[S_co]]:
        """In the order in which they are to be tried."""
        ...

    def put_behind(self, refused: Collection[str]) -> None:
        """The upstream took another version than these: try these last for a while."""
        ...

    async def look_again(self) -> None:
        """Learn of newer versions, if it is not a moment ago that we asked."""
        ...


class Fixed(Generic[S_co]):
    """A secret with one version, which never changes."""

    def __init__(self, value: S_co) -> None:
        self._only = Version("fixed", value)

    def known(self) -> Sequence[Version[S_co]]:
        return (self._only,)

    def put_behind(self, refused: Collection[str]) -> None:
        """There is no other to try."""

    async def look_again(self) -> None:
        """There is nothing to learn."""


def _is_unauthorised(refusal: Refused) -> bool:
    return isinstance(refusal, Unauthorised)


class NoSecret(NotSent):
    """We have not been given the secret yet."""


async def with_version(
    where: tuple[str, str],
    versions: Versions[V],
    attempt: Callable[[Version[V]], Awaitable[T]],
    *,
    is_refusal: Callable[[Refused], bool] = _is_unauthorised,
    looks_again: bool = True,
) -> T:
    """What `attempt` answers with the first version that the upstream takes.

    `where` are upstream and operation. `is_refusal` tells whether a refusal may be the version's
    fault; it must mean that nothing was done. When all known ones are refused, newer ones are
    looked for and tried too. Errors: those of `attempt`; `NoSecret` where none is known at all.
    """
    refused: dict[str, Refused] = {}
    while True:
        version = _untried(versions, refused)
        if version is None and looks_again:
            looks_again = False
            await versions.look_again()
            version = _untried(versions, refused)
        if version is None:
            raise next(reversed(refused.values())) if refused else NoSecret(*where)
        try:
            answer = await attempt(version)
        except Refused as refusal:
            if not is_refusal(refusal):
                raise
            refused[version.id] = refusal
        else:
            if refused:
                versions.put_behind(refused)
            return answer


def _untried(versions: Versions[V], tried: Collection[str]) -> Version[V] | None:
    return next((each for each in versions.known() if each.id not in tried), None)


async def version_called(versions: Versions[V], name: str | None) -> Version[V] | None:
    """The version of that id, else the one to be tried first; None where none is known."""
    known = versions.known()
    if name is not None and all(version.id != name for version in known):
        await versions.look_again()
        known = versions.known()
    named = [version for version in known if version.id == name]
    return next(iter([*named, *known]), None)
