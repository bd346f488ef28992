"""One call: the token is looked at first, then the accounts, then the handler reads the fields."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.seed.model import Venue
from sandbox.sevenrooms import replies
from sandbox.sevenrooms.fields import Fields, read_form
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.state import SevenRoomsState

_WITH_FORM = frozenset({"PUT", "POST", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`base` is scheme and host as the caller wrote them; `trace` names the call."""

    state: SevenRoomsState
    path: dict[str, str]
    query: Fields
    form: Fields
    base: str
    trace: str

    @property
    def venue(self) -> Venue:
        return self.state.venue(self.path["venue_id"])


Handler = Callable[[Call], Response]


def guarded(state: SevenRoomsState, path: str, method: str, handler: Handler) -> Route:
    """A route that needs a token. Handlers do not await: each call is one atomic step."""

    async def endpoint(request: Request) -> Response:
        now = state.now()
        trace = replies.trace_id(now.timestamp())
        if not state.tokens.accepts(request.headers.get("authorization"), now):
            return replies.refuse(401, "Token is not valid", trace)
        try:
            form = await read_form(request) if request.method in _WITH_FORM else Fields({})
            _check_accounts(state, request.path_params)
            return handler(_call(state, request, form, trace))
        except Refusal as refusal:
            return replies.refuse(refusal.status, refusal.msg, trace)

    return Route(path, endpoint, methods=[method])


def base_url(request: Request) -> str:
    """Where the caller reached us; a missing Host header falls back to the socket's address."""
    host = request.headers.get("host")
    if not host:
        server = request.scope.get("server") or ("127.0.0.1", None)
        host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    return f"{request.scope.get('scheme', 'http')}://{host}"


def _call(state: SevenRoomsState, request: Request, form: Fields, trace: str) -> Call:
    return Call(
        state=state,
        path=request.path_params,
        query=Fields(request.query_params),
        form=form,
        base=base_url(request),
        trace=trace,
    )


def _check_accounts(state: SevenRoomsState, path: dict[str, str]) -> None:
    """PROPOSED: another concierge's account is a 404."""
    if path.get("concierge_id", state.seed.concierge_id) != state.seed.concierge_id:
        raise Refusal(404, "Concierge not found")
    if path.get("group_id", state.seed.concierge_group_id) != state.seed.concierge_group_id:
        raise Refusal(404, "Concierge group not found")
