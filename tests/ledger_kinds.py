"""Each kind of ledger, opened for a test: `store` is every kind in turn.

A `conftest.py`, or a test file, gets it with `from tests.ledger_kinds import store`; the DynamoDB
kind also wants `dynamodb` of `tests.aws_stand_ins`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bff.booking.ports import Ledger
from bff.booking.retention import Retention
from bff.catalogue.place_news import PlaceNews
from bff.credentials.vault import Vault
from bff.ledger.codec import Seal
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
from clients.aws import open_aws
from clients.tokens import TokenStore
from tests.aws_stand_ins import client, new_table, pointing_boto3_at
from tests.fake_clock import FakeClock

SEAL = Vault((b"k" * 32,))


@dataclass(frozen=True)
class Store:
    """`under`: the same rows through another seal. `raw`: all that is kept, as it is kept.

    `tokens`: an upstream's shared token as one copy sees it, by upstream, copy and clock.
    """

    ledger: Ledger
    sessions: Sessions
    attempts: Attempts
    sealed: SealedRows
    retention: Retention
    places: PlaceNews
    tokens: Callable[[str, str, FakeClock], TokenStore]
    under: Callable[[Seal], Ledger]
    raw: Callable[[], bytes]


@asynccontextmanager
async def sqlite_store(folder: Path) -> AsyncIterator[Store]:
    async with open_file(folder / "ledger.db") as file:
        yield Store(
            ledger=SqliteLedger(file, SEAL),
            sessions=SqliteSessions(file, SEAL),
            attempts=SqliteAttempts(file),
            sealed=SqliteSealedRows(file),
            retention=SqliteRetention(file),
            places=SqlitePlaceNews(file),
            tokens=lambda upstream, owner, clock: SqliteTokenStore(
                file, SEAL, upstream, owner, clock.now
            ),
            under=lambda seal: SqliteLedger(file, seal),
            raw=lambda: b"".join(part.read_bytes() for part in folder.glob("ledger.db*")),
        )


@asynccontextmanager
async def dynamo_store(url: str, *, through: str | None = None) -> AsyncIterator[Store]:
    """A table of its own, so that no test sees another's rows; `through`: by way of a proxy."""
    name = new_table(url)
    with pointing_boto3_at(dynamodb=through or url):
        async with open_aws("dynamodb") as calls:
            table = DynamoTable(calls, name)
            yield Store(
                ledger=DynamoLedger(table, SEAL),
                sessions=DynamoSessions(table, SEAL),
                attempts=DynamoAttempts(table),
                sealed=DynamoSealedRows(table),
                retention=DynamoRetention(table),
                places=DynamoPlaceNews(table),
                tokens=lambda upstream, owner, clock: DynamoTokenStore(
                    table, SEAL, upstream, owner, clock.now
                ),
                under=lambda seal: DynamoLedger(table, seal),
                raw=lambda: _scanned(url, name),
            )


def _scanned(url: str, name: str) -> bytes:
    opened = client("dynamodb", url)
    rows = opened.scan(TableName=name)["Items"]
    opened.close()
    return str(rows).encode()


@pytest.fixture(params=["sqlite", "dynamodb"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "sqlite":
        async with sqlite_store(tmp_path) as opened:
            yield opened
    else:
        async with dynamo_store(request.getfixturevalue("dynamodb")) as opened:
            yield opened
