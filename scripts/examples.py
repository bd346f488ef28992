"""A query and a mutation that are ready to paste."""

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

QUERY = """\
query Experiences {
  experiences(first: 3) {
    edges {
      node { id name summary priceFrom { amount currency points } venue { name city timeZone } }
    }
  }
}
"""

MUTATION = """\
mutation BookWithPoints {{
  bookWithPoints(input: {{ {input} }}) {{
    __typename
    ... on BookingAccepted {{
      booking {{
        id status confirmationCode startsAt
        payment {{ ... on PointsPayment {{ points status }} }}
      }}
    }}
    ... on UserError {{ message retryable }}
  }}
}}
"""

_SLOTS = """
query($day: Date!) {
  experiences(first: 60) {
    edges { node { availability(date: $day, partySize: 2) { slots { id kind price { points } } } } }
  }
}
"""
# The test member can pay this and keeps enough for more.
_AFFORDABLE = 100_000


def find_slot(ask: Callable[[Any], Any]) -> str:
    """A slot that takes points and needs no venue's consent, some days ahead."""
    for days in range(3, 10):
        day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
        answer = ask({"query": _SLOTS, "variables": {"day": day}})
        for edge in answer["data"]["experiences"]["edges"]:
            for slot in (edge["node"]["availability"] or {"slots": []})["slots"]:
                points = (slot["price"] or {}).get("points")
                if slot["kind"] == "INSTANT" and points and points <= _AFFORDABLE:
                    return str(slot["id"])
    return "none-is-free"


def curl(url: str, query: str, token: str | None = None) -> str:
    body = shlex.quote(json.dumps({"query": " ".join(query.split())}))
    auth = f" -H 'authorization: Bearer {token}'" if token else ""
    return f"curl -s {url} -H 'content-type: application/json'{auth} -d {body}"
