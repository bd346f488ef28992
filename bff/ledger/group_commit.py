"""One writer thread that commits what has gathered meanwhile in one go.

Each write waits for its commit to be on disk; under load many share one fsync.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from bff.booking.ledger_away import LedgerAway
from clients.tracing import span

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

# Bounds how long the first of a group waits for the last.
LARGEST_GROUP = 256


class LedgerClosed(LedgerAway):
    """The ledger is shutting down: the write was not done."""


class GroupCommit:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._queue: queue.SimpleQueue[tuple[Work, asyncio.Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the next transaction; its result once that is durable.

        What `work` raises undoes its own part only and is raised here.
        """
        if self._closed:
            raise LedgerClosed
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put((work, waiter))
        # A caller who leaves does not take its write along.
        with span("sqlite write"):
            return await asyncio.shield(waiter)

    def close(self) -> None:
        """Finish what was handed in, then stop. Blocks."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            group, more = self._gather()
            if group:
                self._commit(group)
            if not more:
                return

    def _gather(self) -> tuple[list[tuple[Work, asyncio.Future[Any]]], bool]:
        group: list[tuple[Work, asyncio.Future[Any]]] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) >= LARGEST_GROUP or self._queue.empty():
                return group, True
            item = self._queue.get()
        return group, False

    def _commit(self, group: list[tuple[Work, asyncio.Future[Any]]]) -> None:
        results: list[tuple[asyncio.Future[Any], Any, BaseException | None]] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for work, waiter in group:
                results.append((waiter, *self._run_one(work)))
            self._connection.execute("COMMIT")
        except sqlite3.Error as failure:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            results = [(waiter, None, failure) for _, waiter in group]
        for waiter, value, failed in results:
            _tell(waiter, value, failed)

    def _run_one(self, work: Work) -> tuple[Any, BaseException | None]:
        self._connection.execute("SAVEPOINT one")
        value, failed = None, None
        try:
            value = work(self._connection)
        except Exception as failure:
            if isinstance(failure, sqlite3.Error) and not self._connection.in_transaction:
                # A full disk undoes the whole group, savepoint and all.
                raise
            self._connection.execute("ROLLBACK TO one")
            failed = failure
        self._connection.execute("RELEASE one")
        return value, failed


def _tell(waiter: asyncio.Future[Any], value: Any, failed: BaseException | None) -> None:
    def settle() -> None:
        if waiter.cancelled():
            return
        if failed is None:
            waiter.set_result(value)
        else:
            waiter.set_exception(failed)

    try:
        waiter.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:
        # The loop is gone with its callers; the write is done all the same.
        return
