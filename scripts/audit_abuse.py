"""What graphql-cop looks for, looked for anew, and requests that are too much; all in production.

A finding of ours is an answer that gives something away or does something, not one that merely has
another status than expected.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import httpx
from audit_stage import Row, Stage

# A quarter of what a stranger could still notice; a bomb that works takes seconds.
MAX_BOMB_MS = 10.0
_BOMBS = 30
_MIB = 1024 * 1024
_FORM = "application/x-www-form-urlencoded"
_SIGN_IN = 'mutation { signIn(input: {email: "a", password: "b"}) { __typename } }'
_CIRCLE = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"


class Prober:
    def __init__(self, stage: Stage, http: httpx.Client) -> None:
        self.stage = stage
        self.http = http

    def ask(self, query: str, **headers: str) -> httpx.Response:
        return self.http.post(self.stage.production, json={"query": query}, headers=headers)

    def data(self, response: httpx.Response) -> Any:
        try:
            found = response.json()
        except ValueError:
            return None
        return found.get("data") if isinstance(found, dict) else found


def _introspection(it: Prober) -> bool:
    return bool(it.data(it.ask("{ __schema { queryType { name } } }")))


def _graphiql(it: Prober) -> bool:
    base = it.stage.production.removesuffix("/graphql")
    pages = [it.http.get(f"{base}{path}") for path in ("/graphiql", "/playground", "/console", "/")]
    html = it.http.get(it.stage.production, headers={"accept": "text/html"})
    return any(page.is_success for page in pages) or "<html" in html.text.lower()


def _suggestions(it: Prober) -> bool:
    return any("Did you mean" in it.ask(text).text for text in ("{ exp }", "{ me { firstNam } }"))


def _tracing(it: Prober) -> bool:
    answer = it.ask(
        "{ __typename }", **{"x-apollo-tracing": "1", "apollo-federation-include-trace": "ftv1"}
    )
    return "extensions" in answer.json()


def _aliases(it: Prober) -> bool:
    return bool(it.data(it.ask("{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }")))


def _batch(it: Prober) -> bool:
    return it.http.post(it.stage.production, json=[{"query": "{ __typename }"}] * 10).is_success


def _directives(it: Prober) -> bool:
    return bool(it.data(it.ask("{ __typename " + "@include(if: true) " * 50 + "}")))


def _duplicates(it: Prober) -> bool:
    return bool(it.data(it.ask("{ " + "__typename " * 500 + "}")))


def _circle(it: Prober) -> bool:
    return bool(it.data(it.ask(_CIRCLE)))


def _get_queries(it: Prober) -> bool:
    """GET is for caches. It must carry nobody's credentials that a browser adds by itself."""
    cookie = {"cookie": f"token={it.stage.token}", "authorization": f"Basic {it.stage.token}"}
    answer = it.http.get(it.stage.production, params={"query": "{ me { id } }"}, headers=cookie)
    return it.data(answer) != {"me": None} or "access-control-allow-origin" in answer.headers


def _get_mutation(it: Prober) -> bool:
    return (
        it.http.get(it.stage.production, params={"query": _SIGN_IN}).status_code
        != HTTPStatus.METHOD_NOT_ALLOWED
    )


def _forms(it: Prober) -> bool:
    body = {"query": "{ __typename }"}
    plain = {"content-type": "text/plain"}
    answers = [
        it.http.post(it.stage.production, data=body),
        it.http.post(it.stage.production, files={"query": b"{ __typename }"}),
        it.http.post(it.stage.production, content=json.dumps(body), headers=plain),
    ]
    return any(answer.status_code != HTTPStatus.UNSUPPORTED_MEDIA_TYPE for answer in answers)


CHECKS: dict[str, Callable[[Prober], bool]] = {
    "aliases without end": _aliases,
    "batches": _batch,
    "GET with a browser's credentials": _get_queries,
    "POST of a form": _forms,
    "tracing": _tracing,
    "one field 500 times": _duplicates,
    "suggestions": _suggestions,
    "GraphiQL": _graphiql,
    "introspection": _introspection,
    "directives without end": _directives,
    "circles through introspection": _circle,
    "mutations by GET": _get_mutation,
}


def abuse(stage: Stage) -> Iterable[Row]:
    with httpx.Client(timeout=30, trust_env=False) as http:
        prober = Prober(stage, http)
        found = [name for name, check in CHECKS.items() if check(prober)]
        yield Row(
            name="graphql-cop's checks, anew",
            figure=f"{len(found)} findings in {len(CHECKS)} checks",
            wanted="0 in 12",
            fine=not found,
            detail=", ".join(found),
        )
        yield _bombs(prober)


def _bomb(levels: int, number: int) -> str:
    chain = "".join(f"fragment f{n} on Query{{...f{n + 1} ...f{n + 1}}}" for n in range(levels))
    return f"{{...f0}}{chain}fragment f{levels} on Query{{a{number}:__typename}}"


def _bombs(it: Prober) -> Row:
    """The bound is on the processor's time within the server: others make a round trip long.

    The best of three rounds, since others also take the processor's caches.
    """
    rounds = [_bombed(it, number * _BOMBS) for number in range(3)]
    spent, middle = min((spent, middle) for spent, middle, _ in rounds)
    refused, sent = sum(refused for _, _, refused in rounds), 3 * _BOMBS
    return Row(
        name="Fragment bomb of 890 bytes",
        figure=f"{refused} of {sent} refused, {spent:.1f} ms each, round trip {middle:.1f} ms",
        wanted=f"all, under {MAX_BOMB_MS:g} ms of the server's time",
        fine=refused == sent and spent < MAX_BOMB_MS,
    )


def _bombed(it: Prober, first: int) -> tuple[float, float, int]:
    """Milliseconds that each costs the server and takes us, and how many are refused.

    Each text is new, so that no cache of ours answers for it.
    """
    took, refused = [], 0
    before = it.stage.processor_seconds()
    for number in range(first, first + _BOMBS):
        begun = time.perf_counter()
        answer = it.ask(_bomb(24, number))
        took.append((time.perf_counter() - begun) * 1000)
        refused += it.data(answer) is None and "LIMIT_EXCEEDED" in answer.text
    spent = (it.stage.processor_seconds() - before) * 1000 / _BOMBS
    return spent, statistics.median(took), refused


def _requests(it: Prober) -> dict[str, tuple[Callable[[], httpx.Response], int]]:
    url, kind = it.stage.production, {"content-type": "application/json"}
    body = b'{"query": "{ __typename }", "extensions": {"a": "'

    def post(content: bytes) -> Callable[[], httpx.Response]:
        return lambda: it.http.post(url, content=content, headers=kind)

    def ask(query: str) -> Callable[[], httpx.Response]:
        modern = {"accept": "application/graphql-response+json"}
        return lambda: it.ask(query, **modern)

    return {
        "a body of 101 KiB": (post(body + b"a" * 101 * 1024 + b'"}}'), 413),
        "a body of 20 MiB": (post(b" " * 20 * _MIB), 413),
        "a body without a length": (
            lambda: it.http.post(url, content=iter([b" " * 65536] * 4), headers=kind),
            413,
        ),
        "a query string of 17 KiB": (lambda: it.http.get(f"{url}?query={'a' * 17000}"), 414),
        "brackets without end": (post(b"[" * 90_000), 400),
        "a number without end": (
            post(b'{"query": "{a}", "variables": {"a": ' + b"1" * 9000 + b"}}"),
            400,
        ),
        "null": (post(b"null"), 400),
        "UTF-16": (post("{}".encode("utf-16")), 400),
        "3,000 tokens": (ask("{ " + "a " * 3000 + "}"), 400),
        "40 levels": (ask("{ me " * 40 + "{ id }" + " }" * 40), 400),
        "brackets in a document": (ask("{a(b:" + "[" * 900), 400),
        "two paying mutations": (ask(_twice("cancelBooking(input: {bookingId: 1})")), 400),
        "two passwords": (ask(_twice('signIn(input: {email: "a", password: "b"})')), 400),
    }


def _twice(field: str) -> str:
    return f"mutation {{ a: {field} {{ __typename }} b: {field} {{ __typename }} }}"


def sizes(stage: Stage) -> Iterable[Row]:
    with httpx.Client(timeout=30, trust_env=False) as http:
        requests = _requests(Prober(stage, http))
        wrong = []
        for name, (send, wanted) in requests.items():
            try:
                status = send().status_code
            except httpx.HTTPError:
                # Who is refused while still sending may find the connection closed.
                status = 413
            if status != wanted:
                wrong.append(f"{name}: {status} for {wanted}")
        yield Row(
            name="Oversize and malformed requests refused",
            figure=f"{len(requests) - len(wrong)} of {len(requests)}",
            wanted="all",
            fine=not wrong,
            detail="; ".join(wrong),
        )


def rates(stage: Stage) -> Iterable[Row]:
    """Last of those that ask the server in production: afterwards it takes no more sign-ins."""
    cancel = 'mutation { cancelBooking(input: {bookingId: "a"}) { __typename } }'
    signed_in = {"authorization": f"Bearer {stage.token}"}
    with httpx.Client(timeout=30, trust_env=False) as http:
        prober = Prober(stage, http)
        sign_ins = _until_refused(prober, _SIGN_IN)
        bookings = _until_refused(prober, cancel, **signed_in)
        still = prober.ask("{ __typename }", **signed_in).status_code
    yield Row(
        name="Rates: sign-ins from an address, a member's cancellings, other requests",
        figure=f"{sign_ins}, {bookings}, {still}",
        wanted="429 and Retry-After after 60, after 20, 200",
        # While we ask, a few more come in again.
        fine=60 <= sign_ins <= 66 and 20 <= bookings <= 22 and still == HTTPStatus.OK,  # noqa: PLR2004 - as wanted
    )


def _until_refused(it: Prober, query: str, **headers: str) -> int:
    """How many went before one was told to wait; -1 where none was."""
    for number in range(100):
        answer = it.ask(query, **headers)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            (error,) = answer.json()["errors"]
            told = int(answer.headers["retry-after"]) > 0 and error["extensions"]["retryAfterMs"]
            return number if told else -1
    return -1
