import httpx
import pytest

from clients.cognito.jwks import CognitoKeys
from clients.errors import Malformed, OutcomeUnknown, Refused
from clients.transport import open_transport

URL = "https://idp.test/pool/.well-known/jwks.json"


async def entries(answer: httpx.Response) -> object:
    asked = []

    def upstream(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer

    wire = httpx.MockTransport(upstream)
    async with open_transport("cognito", "https://idp.test", timeout_seconds=2, wire=wire) as http:
        try:
            return await CognitoKeys(http, URL).entries()
        finally:
            assert set(asked) == {URL}


async def test_the_entries_come_as_they_are_published() -> None:
    published = [{"kid": "a", "kty": "RSA"}, None, 5]
    assert await entries(httpx.Response(200, json={"keys": published})) == published


@pytest.mark.parametrize(
    "body", [b"", b"garbage", b"null", b"[]", b"{}", b'{"keys":null}', b'{"keys":{}}', b"[" * 9999]
)
async def test_no_list_of_keys_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        await entries(httpx.Response(200, content=body))


@pytest.mark.parametrize(("status", "kind"), [(500, OutcomeUnknown), (404, Refused)])
async def test_an_error_status_is_an_upstream_error(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await entries(httpx.Response(status))
