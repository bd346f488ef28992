"""What is sealed in the DynamoDB table."""

import base64
import json
from collections.abc import AsyncIterator, Sequence

from bff.ledger import dynamodb_rows as rows
from bff.ledger.codec import booking_context, session_context
from bff.ledger.dynamodb_table import ConditionFailed, DynamoTable, Row
from bff.ledger.sealed_rows import SealedRow


class DynamoSealedRows:
    """Implements SealedRows by a scan; `kept` is the row as it was read."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    async def pages(self) -> AsyncIterator[Sequence[SealedRow]]:
        kinds = {":booking": rows.text(rows.BOOKING), ":session": rows.text(rows.SESSION)}
        condition = "sk = :booking OR sk = :session"
        async for page in self._table.scanned(condition, kinds, "pk, sk, body, sealed"):
            yield [_booking(row) if rows.is_booking(row) else _session(row) for row in page]

    async def replace(self, row: SealedRow, sealed: bytes) -> bool:
        was: Row = row.kept
        name = "body" if rows.is_booking(was) else "sealed"
        values = {":was": was[name], ":is": {"B": sealed}}
        if rows.is_booking(was):
            body = json.loads(was["body"]["S"])
            body["sealed"] = base64.b64encode(sealed).decode()
            values[":is"] = rows.text(json.dumps(body))
        try:
            await self._table.update(
                {"pk": was["pk"], "sk": was["sk"]}, f"SET {name} = :is", f"{name} = :was", values
            )
        except ConditionFailed:
            return False
        return True


def _booking(row: Row) -> SealedRow:
    sealed = base64.b64decode(json.loads(row["body"]["S"])["sealed"])
    return SealedRow(context=booking_context(rows.booking_id_of(row)), sealed=sealed, kept=row)


def _session(row: Row) -> SealedRow:
    sub = rows.member_id_of(row)
    return SealedRow(context=session_context(sub), sealed=row["sealed"]["B"], kept=row)
