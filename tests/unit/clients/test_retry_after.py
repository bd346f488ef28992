"""What an upstream says of when to come back."""

import httpx
import pytest

from clients.transport import retry_after


@pytest.mark.parametrize("header", ["nan", "inf", "1e400"])
async def test_a_retry_after_beyond_sense_is_no_number_of_seconds(header: str) -> None:
    answer = httpx.Response(429, headers={"retry-after": header})
    assert retry_after(answer) is None


@pytest.mark.parametrize(
    ("again", "answered", "seconds"),
    [
        ("Fri, 01 Jan 2027 10:00:20 GMT", "Fri, 01 Jan 2027 10:00:00 GMT", 20.0),
        ("Fri, 01 Jan 2027 09:00:00 GMT", "Fri, 01 Jan 2027 10:00:00 GMT", 0.0),
        ("Sat, 01 Jan 2028 10:00:00 GMT", "Fri, 01 Jan 2027 10:00:00 GMT", 3600.0),
        ("Fri, 01 Jan 2027 10:00:20 -0000", "Fri, 01 Jan 2027 10:00:00 GMT", None),
        ("Fri, 01 Jan 2027 10:00:20 GMT", "some day", None),
        ("Fri, 01 Jan 2027 10:00:20 GMT", "", None),
        ("soon", "Fri, 01 Jan 2027 10:00:00 GMT", None),
    ],
)
async def test_a_date_to_come_back_at_counts_from_the_answers_own(
    again: str, answered: str, seconds: float | None
) -> None:
    answer = httpx.Response(503, headers={"retry-after": again, "date": answered})
    assert retry_after(answer) == seconds
