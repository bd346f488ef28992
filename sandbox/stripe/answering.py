"""From an HTTP request to Stripe's answer: who calls, which key, which parameters, what comes."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.stripe import form
from sandbox.stripe.access import Caller, caller
from sandbox.stripe.credentials import ACCOUNT, API_VERSION
from sandbox.stripe.errors import (
    StripeError,
    broken,
    invalid_parameter,
    secret_key_required,
)
from sandbox.stripe.expansion import check_paths, expand
from sandbox.stripe.idempotency import Answer, Asked
from sandbox.stripe.operations import Call, Operation
from sandbox.stripe.state import StripeState
from sandbox.stripe.store import Cause, new_id

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?", re.ASCII)
_OK = 200


class Endpoint:
    """One operation as an ASGI application."""

    def __init__(self, state: StripeState, operation: Operation) -> None:
        self._state = state
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        request_id = new_id("req")
        try:
            who = caller(request.headers.get("authorization"), self._state.secret_keys)
            version = _version(request)
            pairs = form.pairs_of(await _encoded(request))
            self._allow(who, dict(pairs))
            work = _Work(self._state, self._operation, request, pairs, request_id)
            answer, replayed = await work.once()
        except StripeError as error:
            return error_response(error, request_id)
        headers = _headers(request_id, version)
        if work.key is not None:
            headers |= {"idempotency-key": work.key, "original-request": answer.request_id}
        if replayed:
            headers["idempotent-replayed"] = "true"
        return Response(answer.body, answer.status, headers, "application/json")

    def _allow(self, who: Caller, params: dict[str, str]) -> None:
        """A phone may do only what belongs to an intent whose secret it knows."""
        if who is Caller.MERCHANT:
            return
        if not self._operation.public:
            raise secret_key_required()
        form.require(params, "client_secret")


class _Work:
    """A request on its way through the idempotency layer."""

    def __init__(
        self,
        state: StripeState,
        operation: Operation,
        request: Request,
        pairs: list[tuple[str, str]],
        request_id: str,
    ) -> None:
        self._state = state
        self._operation = operation
        self._request = request
        self._pairs = pairs
        self._request_id = request_id
        # Stripe ignores the key on other methods: those are idempotent by themselves.
        header = request.headers.get("idempotency-key") if request.method == "POST" else None
        self.key = header or None
        self._account = request.headers.get("stripe-account", ACCOUNT)

    async def once(self) -> tuple[Answer, bool]:
        """The answer, and whether it is an old one. Errors: those that are not kept."""
        if self.key is None:
            return await self._run(), False
        request, keys = self._request, self._state.keys
        asked = Asked(request.method, request.url.path, tuple(sorted(self._pairs)))
        kept = keys.begin(self._account, self.key, asked, self._state.now())
        if kept is not None:
            return kept, True
        try:
            answer = await self._run()
        except BaseException:
            keys.drop(self._account, self.key)
            raise
        keys.keep(self._account, self.key, answer)
        return answer, False

    async def _run(self) -> Answer:
        if self._state.execution_seconds:
            await asyncio.sleep(self._state.execution_seconds)
        status, body = self._answer()
        return Answer(status, json.dumps(body).encode(), self._request_id)

    def _answer(self) -> tuple[int, dict[str, Any]]:
        """What Stripe keeps. Errors: those that came before the endpoint ran."""
        try:
            return _OK, self._execute()
        except StripeError as error:
            if not error.execution_began:
                raise
            return error.status, error_body(error, self._request_id)

    def _execute(self) -> dict[str, Any]:
        params = form.nested(self._pairs)
        form.check_names(params, self._operation.accepts)
        form.require(params, *self._operation.requires)
        paths = form.items_of(params, "expand")
        check_paths(paths)
        call = Call(
            state=self._state,
            params=params,
            subject=self._request.path_params.get("id", ""),
            version=self._request.headers.get("stripe-version"),
        )
        self._state.tick()
        breakdown = self._breakdown()
        if breakdown == "before":
            raise broken()
        with self._state.caused_by(Cause(self._request_id, self.key)):
            body = self._operation.run(call)
        if breakdown == "after":
            raise broken()
        expand(self._state, body, paths)
        return body

    def _breakdown(self) -> str | None:
        """A fault of Stripe's own that a test has ordered: its answer is kept like any other."""
        if self._request.method != "POST" or not self._state.breakdowns:
            return None
        return self._state.breakdowns.pop(0)


async def _encoded(request: Request) -> bytes:
    """The parameters: in the body of a POST, in the query of all else."""
    if request.method == "POST":
        return await request.body()
    query = request.scope["query_string"]
    return bytes(query)


def _version(request: Request) -> str:
    version = request.headers.get("stripe-version", API_VERSION)
    if not _VERSION.fullmatch(version):
        raise invalid_parameter(f"Invalid Stripe API version: {version}", None)
    return version


def _headers(request_id: str, version: str) -> dict[str, str]:
    return {"request-id": request_id, "stripe-version": version}


def error_body(error: StripeError, request_id: str) -> dict[str, Any]:
    url = f"https://dashboard.stripe.com/test/logs/{request_id}"
    details: Mapping[str, Any] = error.error
    return {"error": {**details, "request_log_url": url}}


def error_response(error: StripeError, request_id: str) -> Response:
    body = json.dumps(error_body(error, request_id)).encode()
    headers = _headers(request_id, API_VERSION)
    return Response(body, error.status, headers, "application/json")
