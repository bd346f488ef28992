"""What we must not lose, and who gets told: on this machine, or in AWS."""

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from bff.booking.ports import Ledger, Wakeups
from bff.booking.retention import Retention
from bff.catalogue.place_news import PlaceNews
from bff.clock import Clock
from bff.credentials.kms import opened_keys
from bff.credentials.sharing import Readable
from bff.credentials.vault import Vault
from bff.ledger.dynamodb import DynamoLedger
from bff.ledger.dynamodb_members import DynamoAttempts, DynamoSessions
from bff.ledger.dynamodb_places import DynamoPlaceNews
from bff.ledger.dynamodb_retention import DynamoRetention
from bff.ledger.dynamodb_sealed import DynamoSealedRows
from bff.ledger.dynamodb_table import DynamoTable
from bff.ledger.dynamodb_tokens import DynamoTokenStore
from bff.ledger.sealed_rows import SealedRows
from bff.ledger.sqlite import SqliteLedger
from bff.ledger.sqlite_file import open_file
from bff.ledger.sqlite_members import SqliteAttempts, SqliteSessions
from bff.ledger.sqlite_places import SqlitePlaceNews
from bff.ledger.sqlite_retention import SqliteRetention
from bff.ledger.sqlite_sealed import SqliteSealedRows
from bff.ledger.sqlite_tokens import SqliteTokenStore
from bff.members.ports import Attempts, Sessions
from bff.settings import Settings
from bff.wakeups.inprocess import InProcessWakeups
from bff.wakeups.sqs import open_queue
from clients.aws import open_aws
from clients.guard import Guard
from clients.tokens import TokenStore
from clients.watching import SILENT, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """`tokens`: the store of an upstream's shared token, which fails when the ledger does."""

    ledger: Ledger
    sessions: Sessions
    attempts: Attempts
    wakeups: Wakeups
    places: PlaceNews
    vault: Vault
    sealed_rows: SealedRows
    retention: Retention
    tokens: Callable[[str, Clock], TokenStore]
    guards: Sequence[Guard]
    data_keys: Sequence[bytes] = field(repr=False)


@asynccontextmanager
async def open_storage(settings: Settings, watch: Watch = SILENT) -> AsyncIterator[Storage]:
    """As the settings say. Errors: OSError, sqlite3.Error, CannotOpenKeys."""
    async with AsyncExitStack() as stack:
        wakeups, guards = await _wakeups(stack, settings, watch)
        keys = await _data_keys(settings)
        vault = Vault(keys)
        ledger: Ledger
        sessions: Sessions
        attempts: Attempts
        sealed_rows: SealedRows
        retention: Retention
        places: PlaceNews
        shared: Callable[[str, Clock], TokenStore]
        # Turns are taken by copies; this one is told from all others by it.
        us = secrets.token_hex(8)
        if settings.ledger_table is not None:
            calls = await stack.enter_async_context(open_aws("dynamodb", watch))
            guards = (calls.guard, *guards)
            table = DynamoTable(calls, settings.ledger_table)
            ledger = DynamoLedger(table, vault, keep=kept_for(settings))
            sessions, retention = DynamoSessions(table, vault), DynamoRetention(table)
            places = DynamoPlaceNews(table)
            attempts, sealed_rows = DynamoAttempts(table), DynamoSealedRows(table)
            shared = lambda name, clock: DynamoTokenStore(table, vault, name, us, clock.now)  # noqa: E731 - two stores in one place
        else:
            file = await stack.enter_async_context(open_file(settings.ledger_path))
            ledger, sessions = SqliteLedger(file, vault), SqliteSessions(file, vault)
            retention, places = SqliteRetention(file), SqlitePlaceNews(file)
            attempts, sealed_rows = SqliteAttempts(file), SqliteSealedRows(file)
            shared = lambda name, clock: SqliteTokenStore(file, vault, name, us, clock.now)  # noqa: E731 - likewise
        yield Storage(
            ledger=ledger,
            sessions=sessions,
            attempts=attempts,
            wakeups=wakeups,
            places=places,
            vault=vault,
            sealed_rows=sealed_rows,
            retention=retention,
            tokens=lambda name, clock: Readable(name, shared(name, clock)),
            guards=guards,
            data_keys=keys,
        )


async def _wakeups(
    stack: AsyncExitStack, settings: Settings, watch: Watch
) -> tuple[Wakeups, Sequence[Guard]]:
    if settings.wakeups_queue_url is None:
        return InProcessWakeups(), ()
    queue = await stack.enter_async_context(open_queue(settings.wakeups_queue_url, watch))
    return queue, queue.guards


async def _data_keys(settings: Settings) -> tuple[bytes, ...]:
    if settings.data_keys_kms_key is None:
        return settings.data_keys
    return await opened_keys(settings.data_keys, settings.data_keys_kms_key)


def kept_for(settings: Settings) -> dt.timedelta | None:
    """For how long a booking is kept beyond its end; None is for ever."""
    days = settings.keep_bookings_days
    return dt.timedelta(days=days) if days else None
