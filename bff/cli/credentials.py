"""`python -m bff rotate-tokens` and `rotate-secret`: what bff.rotation does, by hand."""

import argparse
import asyncio
from typing import Any

from bff.cli.ending import CannotDo, Exit
from bff.credentials.renewal import RECENT_SECONDS
from bff.credentials.rotation import CannotRotate
from bff.rotation import renew_tokens, replace_secret
from bff.secret_settings import NEEDED
from bff.settings import Settings


def add_to(commands: Any) -> None:
    tokens = commands.add_parser("rotate-tokens", help="renew the tokens that all copies share")
    tokens.add_argument(
        "--now", action="store_true", help="also those that were renewed a moment ago"
    )
    tokens.set_defaults(run=_tokens)
    secret = commands.add_parser(
        "rotate-secret", help="prove the secret that is to come, and make it the current one"
    )
    secret.add_argument("name", choices=tuple(NEEDED))
    secret.set_defaults(run=_secret)


def _tokens(settings: Settings, options: argparse.Namespace) -> int:
    outcomes = asyncio.run(renew_tokens(settings, 0 if options.now else RECENT_SECONDS))
    for upstream, outcome in outcomes.items():
        if isinstance(outcome, str):
            print(f"{upstream}: not renewed, {outcome}; the token in use stays")
        else:
            whose = "renewed" if outcome.is_ours else "renewed by somebody else just now"
            ends = outcome.expires_at.isoformat() if outcome.expires_at else "it is refused"
            print(f"{upstream}: {whose}, good until {ends}")
    failed = any(isinstance(outcome, str) for outcome in outcomes.values())
    return Exit.AWAY if failed else Exit.DONE


def _secret(settings: Settings, options: argparse.Namespace) -> int:
    try:
        version = asyncio.run(replace_secret(settings, options.name))
    except CannotRotate as problem:
        raise CannotDo(Exit.NOT_ROTATED, f"{problem}; nothing was changed") from None
    print(f"{options.name}: version {version} is the current one")
    return Exit.DONE
