"""Runs the services from their start to an orderly end.

SIGTERM: the readiness check says no, and all goes on as before for a while, since a load balancer
needs some seconds to notice. Then nothing new is taken; what is under way is finished; unfinished
bookings are handed back, their leases released, for another copy to go on with at once. Exit
code 0. SIGINT leaves out the first while, and so does a second signal; one more ends the waiting
for requests as well.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import time
from collections.abc import Iterator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from bff import worker
from bff.app import build_app
from bff.door import open_door
from bff.endpoints.draining import Draining
from bff.settings import Settings
from bff.wiring.house import open_house
from bff.wiring.traces import FLUSH_SECONDS

# What handing back takes at most: a call under way has its own deadline, and writing follows it.
HAND_BACK_SECONDS = 7.0
# Between two waits that are ended: time for what is closed in between.
HURRY_SECONDS = 0.2


class CannotStart(Exception):
    """The process cannot run as it was asked to; the message is for the operator."""


def serve(settings: Settings, *, works: bool) -> None:
    """Answer requests until a signal; `works`: finish bookings as well."""
    draining = Draining()
    with _listening(settings.host, settings.port) as listener:
        config = server_config(build_app(settings, works=works, draining=draining), settings)
        Server(config, draining, settings.serve_on_seconds).run(sockets=[listener])


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    left = settings.stop_seconds - settings.serve_on_seconds - HAND_BACK_SECONDS
    left -= FLUSH_SECONDS if settings.traces.is_on else 0
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # Whoever closes an idle connection may do so while a request is on its way there. Let it be
        # the client: it knows that it has sent none.
        timeout_keep_alive=settings.keep_alive_seconds,
        # Without it one abandoned request would hold the process for ever.
        timeout_graceful_shutdown=max(1, int(left)),
    )


class Server(uvicorn.Server):
    """Uvicorn with an end that fails nobody.

    By itself it closes its listening socket at the signal, and raises the signal again at its end,
    which would make the exit code -15.
    """

    def __init__(self, config: uvicorn.Config, draining: Draining, serve_on_seconds: float) -> None:
        super().__init__(config)
        self._draining = draining
        self._serve_on = serve_on_seconds
        self._stop_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        del frame
        now = time.monotonic()
        if self.should_exit:
            self.force_exit = True
        elif self._stop_at is None and sig == signal.SIGTERM:
            self._stop_at = now + self._serve_on
        else:
            self._stop_at = now
        self._draining.begin()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is there by now stays. Left out of count, it does not keep the collector from finding
        # soon what requests leave behind, and memory stays flat.
        gc.collect()
        gc.freeze()

    async def on_tick(self, counter: int) -> bool:
        if self._stop_at is not None and time.monotonic() >= self._stop_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining.close()
        await super().shutdown(sockets)
        if self.force_exit:
            # Uvicorn leaves this out when it is hurried; leases would have to lapse then.
            await self.lifespan.shutdown()


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as problem:
        raise CannotStart(f"cannot listen on {host}:{port}: {problem.strerror}") from problem


def work(settings: Settings) -> None:
    """Finish bookings, without answering requests, until a signal.

    A second one does not wait for calls under way; their bookings' leases have to lapse.
    """
    with contextlib.ExitStack() as stack:
        listener = None
        if settings.metrics_port is not None:
            listener = stack.enter_context(_listening(settings.host, settings.metrics_port))
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_work(settings, listener))


async def _work(settings: Settings, listener: socket.socket | None) -> None:
    with _told() as stop:
        async with contextlib.AsyncExitStack() as stack:
            house = await stack.enter_async_context(open_house(settings))
            await stack.enter_async_context(worker.running(house.worker))
            house.figures.watch_worker(house.worker, house.clock)
            if listener is not None:
                await stack.enter_async_context(open_door(house, listener))
            await stop.wait()


@contextlib.contextmanager
def _told() -> Iterator[asyncio.Event]:
    """The event that the first signal sets; the second ends every wait that this task is in."""
    loop, task, stop = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()

    def hurry() -> None:
        # Again and again: what is closed one after another waits for its own calls each.
        if task is not None and not task.done():
            task.cancel()
            loop.call_later(HURRY_SECONDS, hurry)

    def heard() -> None:
        if stop.is_set():
            hurry()
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, heard)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
