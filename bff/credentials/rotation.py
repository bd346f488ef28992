"""Replacing an upstream's secret in Secrets Manager, by the four steps of its rotation protocol.

No vendor of ours documents a call that changes such a secret, so that a person has it made there
and puts it in as a version labelled NEXT. The steps make it the pending version, prove it against
the upstream, and promote it. Each may be done again; until the last, nothing changes for anybody.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from bff.credentials.ports import SecretsAway
from bff.credentials.secrets_manager import CURRENT, PENDING, fields_of
from clients.aws import AwsCalls, AwsFailed
from clients.errors import UpstreamError

NEXT = "NEXT"

Step = Literal["createSecret", "setSecret", "testSecret", "finishSecret"]
STEPS: tuple[Step, ...] = ("createSecret", "setSecret", "testSecret", "finishSecret")

# Raises what the upstream answers to these fields, or ValueError and KeyError where they are none.
Proof = Callable[[Mapping[str, str]], Awaitable[None]]

_NO_SUCH = "ResourceNotFoundException"


class CannotRotate(Exception):
    """The step was not done, and the current version is as it was; the message is for people."""


class Rotation:
    """`proofs`: for each secret, what shows that an upstream takes it."""

    def __init__(self, calls: AwsCalls, prefix: str, proofs: Mapping[str, Proof]) -> None:
        self._calls = calls
        self._prefix = prefix
        self._proofs = proofs

    async def do(self, step: str, secret_id: str, version_id: str) -> None:
        """One step, as Secrets Manager asks for it. Errors: CannotRotate."""
        name = self._name(secret_id)
        try:
            stages = (await self._stages(name)).get(version_id, [])
            if CURRENT in stages:
                if step == "finishSecret":
                    await self._forget_next(name)
                return
            if PENDING not in stages:
                raise CannotRotate(f"{name}: the version is not pending")
            await self._undone(step, name, version_id)
        except (AwsFailed, SecretsAway) as failure:
            raise CannotRotate(str(failure)) from None

    async def all_steps(self, name: str) -> str:
        """All four, for the version labelled NEXT or one that is pending; its id.

        What was begun and cut off is taken up again. Errors: CannotRotate.
        """
        try:
            version_id = await self._begun(name)
        except AwsFailed as failure:
            raise CannotRotate(str(failure)) from None
        for step in STEPS:
            await self.do(step, self._prefix + name, version_id)
        return version_id

    async def _undone(self, step: str, name: str, version_id: str) -> None:
        match step:
            case "createSecret":
                await self._create(name, version_id)
            case "setSecret":
                """There is no call for it: the vendor has made the secret for a person."""
            case "testSecret":
                await self._test(name, version_id)
            case "finishSecret":
                await self._finish(name, version_id)
            case _:
                raise CannotRotate(f"{step}: no such step")

    async def _create(self, name: str, version_id: str) -> None:
        if await self._text(name, VersionId=version_id) is not None:
            return
        coming = await self._text(name, VersionStage=NEXT)
        if coming is None:
            raise CannotRotate(f"{name}: no version is labelled {NEXT}; put the new secret there")
        if coming == await self._text(name, VersionStage=CURRENT):
            raise CannotRotate(f"{name}: the version labelled {NEXT} is the current one")
        await self._put_pending(name, version_id, coming)

    async def _put_pending(self, name: str, version_id: str, text: str) -> None:
        await self._run(
            "put_secret_value",
            name,
            ClientRequestToken=version_id,
            SecretString=text,
            VersionStages=[PENDING],
        )

    async def _test(self, name: str, version_id: str) -> None:
        proof = self._proofs.get(name)
        if proof is None:
            raise CannotRotate(f"{name}: no call proves it; docs/credentials.md says what to do")
        fields = fields_of(name, await self._text(name, VersionId=version_id))
        try:
            await proof(fields)
        except (KeyError, ValueError):
            raise CannotRotate(f"{name}: a field is missing or empty") from None
        except UpstreamError as failure:
            said = f"{type(failure).__name__} {failure.status or ''}".strip()
            raise CannotRotate(f"{name}: not proven, {said}") from None

    async def _finish(self, name: str, version_id: str) -> None:
        stages = await self._stages(name)
        holders = [each for each in stages if CURRENT in stages[each]]
        removed = {"RemoveFromVersionId": holders[0]} if holders else {}
        await self._run(
            "update_secret_version_stage",
            name,
            VersionStage=CURRENT,
            MoveToVersionId=version_id,
            **removed,
        )
        await self._forget_next(name)

    async def _forget_next(self, name: str) -> None:
        """Else the next rotation would find a secret that is in use already."""
        stages = await self._stages(name)
        for version_id in [each for each in stages if NEXT in stages[each]]:
            await self._run(
                "update_secret_version_stage",
                name,
                VersionStage=NEXT,
                RemoveFromVersionId=version_id,
            )

    async def _begun(self, name: str) -> str:
        """The id of the pending version; where there is none, the one labelled NEXT is pending."""
        stages = await self._stages(name)
        pending = [each for each in stages if PENDING in stages[each]]
        unfinished = [each for each in pending if CURRENT not in stages[each]]
        coming = [each for each in stages if NEXT in stages[each]]
        if unfinished:
            return unfinished[0]
        if not coming:
            raise CannotRotate(f"{name}: no version is pending or labelled {NEXT}")
        moved = {"RemoveFromVersionId": pending[0]} if pending else {}
        await self._run(
            "update_secret_version_stage",
            name,
            VersionStage=PENDING,
            MoveToVersionId=coming[0],
            **moved,
        )
        return coming[0]

    async def _stages(self, name: str) -> Mapping[str, list[str]]:
        told = await self._run("describe_secret", name)
        found: Mapping[str, list[str]] = told.get("VersionIdsToStages", {})
        return found

    async def _text(self, name: str, **which: str) -> str | None:
        try:
            told = await self._run("get_secret_value", name, **which)
        except AwsFailed as failure:
            if failure.code == _NO_SUCH:
                return None
            raise
        return str(told.get("SecretString"))

    async def _run(self, operation: str, name: str, **parameters: Any) -> dict[str, Any]:
        return await self._calls.run(operation, SecretId=self._prefix + name, **parameters)

    def _name(self, secret_id: str) -> str:
        """Of an ARN, which ends with six random characters, or of a plain id."""
        full = secret_id.partition(":secret:")[2] or secret_id
        for name in self._proofs:
            own = self._prefix + name
            if full == own or (full.startswith(f"{own}-") and len(full) == len(own) + 7):
                return name
        raise CannotRotate("not a secret that this can rotate")
