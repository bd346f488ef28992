"""While the API user's password is replaced, each call carries the one its token was issued to."""

import datetime as dt
from collections.abc import Collection, Sequence

import httpx

from clients.memberson.auth import ServiceUser, kept_token
from clients.memberson.link import Link
from clients.secret_versions import Version
from clients.tokens import FetchedToken
from clients.transport import Call, open_transport
from tests.fake_clock import FakeClock

OLD, NEW = (Version(name, ServiceUser("bff", f"{name}-password")) for name in ("old", "new"))
LOOK = Call(operation="rates", method="GET", path="/api/type/conversion-rate")


class Known:
    """Versions of which the newest is learnt only by looking."""

    def __init__(self, *known: Version[ServiceUser], learns: Version[ServiceUser] = NEW) -> None:
        self._known = list(known)
        self._learns = learns

    def known(self) -> Sequence[Version[ServiceUser]]:
        return self._known

    def put_behind(self, refused: Collection[str]) -> None: ...

    async def look_again(self) -> None:
        if self._learns not in self._known:
            self._known.insert(0, self._learns)


class Shelf:
    def __init__(self, token: FetchedToken | None = None) -> None:
        self.token = token

    async def load(self) -> FetchedToken | None:
        return self.token

    async def take_turn(self) -> bool:
        return True

    async def save(self, token: FetchedToken) -> None:
        self.token = token

    async def end_turn(self) -> None: ...


class Crm:
    """Takes the users in `taken`; what each call carried is noted."""

    def __init__(self, *taken: Version[ServiceUser]) -> None:
        self.taken = {version.value.svc_auth for version in taken}
        self.met: list[tuple[str, str, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        svc_auth, token = request.headers["svcauth"], request.headers.get("token")
        self.met.append((request.url.path.rpartition("/")[2], svc_auth, token))
        if svc_auth not in self.taken:
            return httpx.Response(401, json={"ErrorCode": "2"})
        return httpx.Response(200, json="fetched" if token is None else [])


async def ask(crm: Crm, users: Known, shelf: Shelf) -> None:
    clock = FakeClock()
    wire = httpx.MockTransport(crm)
    async with open_transport("memberson", "http://crm", timeout_seconds=5, wire=wire) as way:
        await Link(way, kept_token(way, users, clock.now, store=shelf), users).ask(LOOK)


def shared(version: str) -> Shelf:
    ends = FakeClock().now() + dt.timedelta(hours=1)
    return Shelf(FetchedToken("shared", ends, version=version))


async def test_a_token_of_another_copy_comes_with_the_password_that_it_was_fetched_with() -> None:
    crm = Crm(NEW)
    await ask(crm, Known(OLD), shared("new"))
    assert crm.met == [("conversion-rate", NEW.value.svc_auth, "shared")]


async def test_a_token_fetched_with_the_old_password_goes_with_the_old_one() -> None:
    crm = Crm(OLD)
    await ask(crm, Known(NEW, OLD), shared("old"))
    assert crm.met == [("conversion-rate", OLD.value.svc_auth, "shared")]


async def test_when_only_the_new_password_is_taken_one_refusal_finds_it() -> None:
    crm, shelf = Crm(NEW), shared("old")
    await ask(crm, Known(OLD), shelf)
    assert crm.met == [
        ("conversion-rate", OLD.value.svc_auth, "shared"),
        ("authenticate", OLD.value.svc_auth, None),
        ("authenticate", NEW.value.svc_auth, None),
        ("conversion-rate", NEW.value.svc_auth, "fetched"),
    ]
    assert shelf.token is not None
    assert shelf.token.version == "new"
