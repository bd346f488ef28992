"""Renewing tokens and replacing secrets on a schedule: for AWS Lambda, and for the command line.

`bff.rotation.handler` is for a schedule of EventBridge, `bff.rotation.rotate_secret` for Secrets
Manager. Both take the settings of a running copy from the environment. A failure is raised, so
that Lambda tries again and its alarm rings; nothing that is in use is changed by then.
"""

import asyncio
import logging
import sys
from collections.abc import Mapping
from typing import Any

from bff.credentials.renewal import RECENT_SECONDS, Renewed
from bff.settings import Settings, read_settings
from bff.telemetry import configure_logging
from bff.wiring.rotation import open_renewals, open_rotation

log = logging.getLogger(__name__)


class NotRenewed(Exception):
    """At least one upstream's token was not renewed; the others were."""


async def renew_tokens(
    settings: Settings, recent_seconds: float = RECENT_SECONDS
) -> dict[str, Renewed | str]:
    """For each upstream what became of its token: renewed, or the name of what went wrong."""
    async with open_renewals(settings, recent_seconds) as renewals:
        outcomes = await asyncio.gather(
            *(renew() for renew in renewals.values()), return_exceptions=True
        )
    return {
        upstream: type(outcome).__name__ if isinstance(outcome, BaseException) else outcome
        for upstream, outcome in zip(renewals, outcomes, strict=True)
    }


async def replace_secret(settings: Settings, name: str) -> str:
    """All steps at once; the id of the version that is current now. Errors: CannotRotate."""
    async with open_rotation(settings) as rotation:
        return await rotation.all_steps(name)


def handler(event: object, context: object) -> dict[str, str]:
    """Renew the shared tokens. Errors: NotRenewed, BadSettings, and those of the ledger."""
    del event, context
    configure_logging(sys.stderr, "INFO")
    outcomes = asyncio.run(renew_tokens(read_settings()))
    told = {
        upstream: outcome if isinstance(outcome, str) else "renewed"
        for upstream, outcome in outcomes.items()
    }
    log.info("tokens_renewed", extra=told)
    if set(told.values()) != {"renewed"}:
        raise NotRenewed(told)
    return told


def rotate_secret(event: Mapping[str, Any], context: object) -> None:
    """One step of a rotation, as Secrets Manager asks for it. Errors: CannotRotate, BadSettings."""
    del context
    configure_logging(sys.stderr, "INFO")
    asyncio.run(_step(read_settings(), event))
    log.info("rotation_step_done", extra={"step": event["Step"]})


async def _step(settings: Settings, event: Mapping[str, Any]) -> None:
    async with open_rotation(settings) as rotation:
        await rotation.do(event["Step"], event["SecretId"], event["ClientRequestToken"])
