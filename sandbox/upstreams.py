"""The stand-ins there are: what each is made of, and the settings that point the BFF at it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.cognito import app as cognito_app
from sandbox.cognito import controls as cognito_controls
from sandbox.cognito import state as cognito
from sandbox.memberson import app as memberson_app
from sandbox.memberson import controls as memberson_controls
from sandbox.memberson import state as memberson
from sandbox.seed import Seed
from sandbox.sevenrooms import app as sevenrooms_app
from sandbox.sevenrooms import controls as sevenrooms_controls
from sandbox.sevenrooms.state import SevenRoomsState
from sandbox.stripe import app as stripe_app
from sandbox.stripe import controls as stripe_controls
from sandbox.stripe import credentials as stripe
from sandbox.stripe.state import StripeState

NAMES = ("sevenrooms", "memberson", "stripe", "cognito")


class State(Protocol):
    """What every stand-in keeps in memory."""

    def reset(self) -> None: ...

    def books(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """`revoke` ends the tokens that callers hold, where the upstream has any."""

    name: str
    state: State
    app: Starlette
    controls: Sequence[Route]
    environment: Mapping[str, str]
    revoke: Callable[[], None] | None = None


def make(urls: Mapping[str, str], clock: SandboxClock, seed: Seed) -> list[StandIn]:
    """One stand-in for each of `NAMES`; `urls` says where each will listen."""
    members = memberson.MembersonState(clock, seed)
    return [
        _sevenrooms(urls["sevenrooms"], clock, seed),
        _memberson(urls["memberson"], clock, members),
        _stripe(urls["stripe"], clock),
        _cognito(urls["cognito"], clock, members),
    ]


def _sevenrooms(url: str, clock: SandboxClock, seed: Seed) -> StandIn:
    state = SevenRoomsState(clock, seed)
    return StandIn(
        name="sevenrooms",
        state=state,
        app=sevenrooms_app.build(state, clock),
        controls=sevenrooms_controls.routes(state),
        environment={
            "SEVENROOMS_URL": url,
            "SEVENROOMS_CLIENT_ID": seed.client_id,
            "SEVENROOMS_CLIENT_SECRET": seed.client_secret,
            "SEVENROOMS_CONCIERGE_ID": seed.concierge_id,
            "SEVENROOMS_CONCIERGE_GROUP_ID": seed.concierge_group_id,
        },
        revoke=state.revoke_tokens,
    )


def _memberson(url: str, clock: SandboxClock, state: memberson.MembersonState) -> StandIn:
    return StandIn(
        name="memberson",
        state=state,
        app=memberson_app.build(state, clock),
        controls=memberson_controls.routes(state),
        environment={
            "MEMBERSON_URL": url,
            "MEMBERSON_API_USER": memberson.API_USER,
            "MEMBERSON_API_PASSWORD": memberson.API_PASSWORD,
        },
        revoke=state.revoke_tokens,
    )


def _stripe(url: str, clock: SandboxClock) -> StandIn:
    state = StripeState(clock)
    return StandIn(
        name="stripe",
        state=state,
        app=stripe_app.build(state, clock),
        controls=stripe_controls.routes(state),
        environment={
            "STRIPE_URL": url,
            "STRIPE_SECRET_KEY": stripe.SECRET_KEY,
            "STRIPE_PUBLISHABLE_KEY": stripe.PUBLISHABLE_KEY,
            "STRIPE_WEBHOOK_SECRETS": stripe.WEBHOOK_SECRET,
        },
    )


def _cognito(url: str, clock: SandboxClock, members: memberson.MembersonState) -> StandIn:
    state = cognito.CognitoState(clock)
    state.base_url = url

    def emails() -> dict[str, str]:
        return {number: member.email for number, member in members.members.items()}

    return StandIn(
        name="cognito",
        state=state,
        app=cognito_app.build(state, clock),
        controls=cognito_controls.routes(state, emails),
        environment={
            "COGNITO_REGION": cognito.REGION,
            "COGNITO_POOL_ID": cognito.POOL_ID,
            "COGNITO_CLIENT_ID": cognito.CLIENT_ID,
            "COGNITO_ISSUER": state.issuer,
            "COGNITO_JWKS_URL": f"{state.issuer}/.well-known/jwks.json",
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": url,
            "AWS_ACCESS_KEY_ID": cognito.ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": cognito.SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": cognito.REGION,
        },
        revoke=state.revoke_tokens,
    )
