"""One route for all calls, as AWS has it, and the public key set."""

import json
import uuid

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import SandboxClock
from sandbox.cognito.errors import CognitoError
from sandbox.cognito.operations import OPERATIONS, UNSIGNED, Body
from sandbox.cognito.state import ACCESS_KEY_ID, POOL_ID, CognitoState

_TARGET = "AWSCognitoIdentityProviderService."
_JSON = "application/x-amz-json-1.1"


def build(state: CognitoState, clock: SandboxClock) -> Starlette:
    """The app; `clock` is the one that `state` was made with."""
    del clock

    async def call(request: Request) -> Response:
        try:
            answer = _performed(state, request, await request.body())
        except CognitoError as error:
            return _answer({"__type": error.kind, "message": error.message}, error.kind)
        return _answer(answer)

    async def jwks(_: Request) -> Response:
        return JSONResponse(state.keys.jwks(), headers={"cache-control": "public, max-age=86400"})

    async def discovery(_: Request) -> Response:
        return JSONResponse(
            {
                "issuer": state.issuer,
                "jwks_uri": f"{state.issuer}/.well-known/jwks.json",
                "id_token_signing_alg_values_supported": ["RS256"],
                "subject_types_supported": ["public"],
            }
        )

    return Starlette(
        routes=[
            Route("/", call, methods=["POST"]),
            Route(f"/{POOL_ID}/.well-known/jwks.json", jwks),
            Route(f"/{POOL_ID}/.well-known/openid-configuration", discovery),
        ]
    )


def _performed(state: CognitoState, request: Request, raw: bytes) -> Body:
    target = request.headers.get("x-amz-target", "")
    operation = target.removeprefix(_TARGET)
    perform = OPERATIONS.get(operation) if target.startswith(_TARGET) else None
    if perform is None:
        raise CognitoError("UnknownOperationException", "")
    if operation not in UNSIGNED:
        _check_signature(request.headers.get("authorization", ""))
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as bad:
        raise CognitoError("SerializationException", "") from bad
    if not isinstance(body, dict):
        raise CognitoError("SerializationException", "")
    return perform(state, body)


def _check_signature(header: str) -> None:
    """That it is signed, and by whom; the signature itself is not computed."""
    if not header.startswith("AWS4-HMAC-SHA256 "):
        raise CognitoError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if f"Credential={ACCESS_KEY_ID}/" not in header:
        raise CognitoError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )


def _answer(body: Body, error: str | None = None) -> Response:
    headers = {"x-amzn-requestid": str(uuid.uuid4())}
    if error is not None:
        headers["x-amzn-errortype"] = f"{error}:"
    return Response(
        json.dumps(body), 200 if error is None else 400, headers=headers, media_type=_JSON
    )
