import asyncio
import contextlib
import socket
from typing import Literal

import pytest

from clients import wire as wire_module
from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised
from clients.transport import Call, Transport, open_transport
from tests.scripted_peer import Behaviour, Exchange, answers, closes, drops, keeps_silent, open_peer

Method = Literal["GET", "POST", "PUT", "DELETE"]
METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "DELETE")
WRITES: tuple[Method, ...] = ("POST", "PUT", "DELETE")


def call(method: Method = "POST") -> Call:
    body = {"n": 1} if method in {"POST", "PUT"} else None
    return Call(operation="test", method=method, path="/thing", json=body, writes=method != "GET")


def opened(
    url: str, *, timeout_seconds: float = 5, limit: int = 4
) -> contextlib.AbstractAsyncContextManager[Transport]:
    return open_transport("up", url, timeout_seconds=timeout_seconds, limit=limit)


async def test_a_write_arrives_once_as_it_was_meant() -> None:
    async with open_peer(answers(200, b'{"ok": true}')) as peer, opened(peer.url) as transport:
        answer = await transport.send(
            Call(
                operation="test",
                method="POST",
                path="/a%2Fb",
                params={"q": "x y&z"},
                form={"note": "two words & more"},
                headers={"Token": "t"},
                writes=True,
            )
        )
    assert answer.json() == {"ok": True}
    assert peer.asked == ["POST /a%2Fb?q=x+y%26z"]
    assert peer.bodies == [b"note=two+words+%26+more"]
    assert "application/x-www-form-urlencoded" in peer.heads[0]
    assert "\r\ntoken: t\r\n" in peer.heads[0].lower()


@pytest.mark.parametrize("method", METHODS)
async def test_a_refused_connection_means_that_nothing_was_sent(method: Method) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with opened(url) as transport:
        with pytest.raises(NotSent):
            await transport.send(call(method))


async def test_an_unknown_host_means_that_nothing_was_sent() -> None:
    async with opened("http://nowhere.invalid") as transport:
        with pytest.raises(NotSent):
            await transport.send(call())


async def test_a_host_that_takes_no_connection_means_that_nothing_was_sent() -> None:
    with contextlib.ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):  # fill the queue of a listener that accepts nobody
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        async with opened(url, timeout_seconds=0.5) as transport:
            with pytest.raises(NotSent):
                await transport.send(call())


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("lost", [drops, closes])
async def test_a_writes_lost_answer_leaves_the_outcome_unknown_and_sends_nothing_again(
    method: Method, lost: Behaviour
) -> None:
    async with open_peer(lost) as peer, opened(peer.url) as transport:
        with pytest.raises(OutcomeUnknown):
            await transport.send(call(method))
    assert peer.asked == [f"{method} /thing"]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("lost", [drops, closes])
async def test_a_writes_lost_answer_on_a_kept_connection_sends_nothing_again_either(
    method: Method, lost: Behaviour
) -> None:
    async with open_peer(answers(200)) as peer, opened(peer.url) as transport:
        await transport.send(call(method))
        peer.behave = lost
        with pytest.raises(OutcomeUnknown):
            await transport.send(call(method))
    assert peer.asked == [f"{method} /thing"] * 2
    assert peer.connections == 1


@pytest.mark.parametrize("lost", [drops, closes])
async def test_a_read_whose_connection_breaks_is_sent_once_more_and_no_more(
    lost: Behaviour,
) -> None:
    async with open_peer(lost) as peer, opened(peer.url) as transport:
        with pytest.raises(OutcomeUnknown):
            await transport.send(call("GET"))
    assert peer.asked == ["GET /thing"] * 2


async def test_a_kept_connection_that_was_closed_meanwhile_is_not_used() -> None:
    async def answers_and_closes(exchange: Exchange) -> None:
        await exchange.answer(200)
        exchange.writer.close()

    async with open_peer(answers_and_closes) as peer, opened(peer.url) as transport:
        for _ in range(5):
            await transport.send(call("PUT"))
            await asyncio.sleep(0)
    assert len(peer.asked) == 5


async def test_silence_ends_at_the_deadline_with_the_outcome_unknown() -> None:
    async with (
        open_peer(keeps_silent) as peer,
        opened(peer.url, timeout_seconds=0.2) as transport,
    ):
        with pytest.raises(OutcomeUnknown):
            await transport.send(call())
    assert peer.asked == ["POST /thing"]


async def test_a_dripping_body_ends_at_the_deadline() -> None:
    async def drips(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not exchange.writer.is_closing():
            await exchange.send(b"x")
            await asyncio.sleep(0.02)

    async with open_peer(drips) as peer, opened(peer.url, timeout_seconds=0.3) as transport:
        with pytest.raises(OutcomeUnknown, match="time-out"):
            await transport.send(call())


async def test_a_call_that_finds_no_place_until_its_deadline_is_not_sent() -> None:
    async with (
        open_peer(answers(200)) as peer,
        opened(peer.url, timeout_seconds=0.05, limit=0) as transport,
    ):
        with pytest.raises(NotSent):
            await transport.send(call())
    assert peer.asked == []


async def test_an_answer_beyond_all_measure_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "MAX_ANSWER_BYTES", 1000)
    async with open_peer(answers(200, b"x" * 1001)) as peer, opened(peer.url) as transport:
        with pytest.raises(OutcomeUnknown):
            await transport.send(call())
        peer.behave = answers(200, b"x" * 1000)
        assert len((await transport.send(call())).content) == 1000


@pytest.mark.parametrize(
    "garbage",
    [
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: minus one\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_garbage_leaves_the_outcome_unknown(garbage: bytes) -> None:
    async def babbles(exchange: Exchange) -> None:
        await exchange.send(garbage)
        exchange.writer.close()

    async with open_peer(babbles) as peer, opened(peer.url) as transport:
        with pytest.raises(OutcomeUnknown):
            await transport.send(call())
    assert peer.asked == ["POST /thing"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Unauthorised),
        (404, Refused),
        (409, Refused),
        (302, Refused),
        (408, OutcomeUnknown),
        (500, OutcomeUnknown),
        (503, OutcomeUnknown),
        (504, OutcomeUnknown),
    ],
)
async def test_a_status_is_sorted_by_what_the_caller_must_do(
    status: int, kind: type[Exception]
) -> None:
    async with (
        open_peer(answers(status, location="/elsewhere")) as peer,
        opened(peer.url) as transport,
    ):
        with pytest.raises(kind) as caught:
            await transport.send(call())
    assert type(caught.value) is kind
    assert peer.asked == ["POST /thing"]


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("Fri, 01 Jan 2027", None)]
)
async def test_too_many_requests_means_not_sent_and_says_when_again(
    header: str, seconds: float | None
) -> None:
    async with (
        open_peer(answers(429, retry_after=header)) as peer,
        opened(peer.url) as transport,
    ):
        with pytest.raises(NotSent) as caught:
            await transport.send(call())
    assert caught.value.retry_after_seconds == seconds


async def test_a_write_is_finished_although_its_caller_has_left() -> None:
    go_on, answered = asyncio.Event(), asyncio.Event()

    async def answers_later(exchange: Exchange) -> None:
        await go_on.wait()
        await exchange.answer(200)
        answered.set()

    async with open_peer(answers_later) as peer, opened(peer.url) as transport:
        caller = asyncio.create_task(transport.send(call()))
        await peer.arrived.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        go_on.set()
        await transport.guard.drain()
        assert answered.is_set()
        # The connection was read to its end, else it could not serve the next call.
        await transport.send(call())
    assert peer.connections == 1


async def test_closing_waits_for_a_write_whose_caller_has_left() -> None:
    answered = asyncio.Event()

    async def answers_later(exchange: Exchange) -> None:
        await asyncio.sleep(0.05)
        await exchange.answer(200)
        answered.set()

    async with open_peer(answers_later) as peer:
        async with opened(peer.url) as transport:
            caller = asyncio.create_task(transport.send(call()))
            await peer.arrived.wait()
            caller.cancel()
        assert answered.is_set()


async def test_no_error_tells_what_was_sent_or_answered() -> None:
    secret = Call(
        operation="test",
        method="POST",
        path="/path",
        json={"p": "canary-body"},
        params={"q": "canary-query"},
        headers={"Token": "canary-header"},
    )
    behaviours = [answers(400, b"canary-answer"), answers(503, b"canary"), answers(401), drops]
    async with open_peer(drops) as peer, opened(peer.url) as transport:
        for behaviour in behaviours:
            peer.behave = behaviour
            with pytest.raises((Refused, OutcomeUnknown)) as caught:
                await transport.send(secret)
            assert "canary" not in f"{caught.value} {caught.value!r} {secret!r}"
