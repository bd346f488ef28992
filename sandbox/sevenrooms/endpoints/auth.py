"""POST /auth: the one call that needs no token."""

import hmac

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.sevenrooms import replies, times
from sandbox.sevenrooms.fields import Fields, read_form
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.state import SevenRoomsState


def routes(state: SevenRoomsState) -> list[BaseRoute]:
    async def authenticate(request: Request) -> Response:
        trace = replies.trace_id(state.now().timestamp())
        try:
            return _issue(state, await read_form(request), trace)
        except Refusal as refusal:
            return replies.refuse(refusal.status, refusal.msg, trace)

    return [Route("/auth", authenticate, methods=["POST"])]


def _issue(state: SevenRoomsState, form: Fields, trace: str) -> Response:
    given = "\n".join((form.needed("client_id"), form.needed("client_secret"))).encode()
    wanted = [f"{state.seed.client_id}\n{secret}".encode() for secret in state.client_secrets]
    if not any(hmac.compare_digest(given, each) for each in wanted):
        raise Refusal(401, "Invalid client credentials")  # PROPOSED: not known
    if state.switches.single_token:
        state.tokens.revoke_all()
    token, ends = state.tokens.issue(state.now(), state.switches.token_lifetime_seconds)
    data = {"token": token, "token_expiration_datetime": times.stamp(ends)}
    return replies.answer(data, trace, msg="Successfully authenticated.")
