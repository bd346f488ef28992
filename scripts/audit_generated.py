"""Queries that nobody would write, and what all of the audit has left in the logs."""

import json
import re
from collections.abc import Iterable
from typing import Any

import httpx
import hypothesis_graphql
from audit_stage import Row, Stage
from graphql import IntValueNode, StringValueNode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run import ROOT

QUERIES, MUTATIONS = 400, 100
# Our own words never look like these.
_LEAK = re.compile(r'Traceback|File "|\.py\b|sqlite3?|Error\(|0x[0-9a-f]{8}|127\.0\.0\.1')

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Date": st.sampled_from(["2026-11-30", "2026-02-30", "x"]).map(
        lambda it: StringValueNode(value=it)
    ),
    "DateTime": st.just(StringValueNode(value="2026-11-30T12:00:00Z")),
    "URL": st.integers(0, 9).map(lambda it: IntValueNode(value=str(it))),
}


def generated(stage: Stage) -> Iterable[Row]:
    schema = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    sent: list[bool] = []
    wrong: list[str] = []
    headers = {"authorization": f"Bearer {stage.token}"}
    with httpx.Client(timeout=60, trust_env=False, headers=headers) as http:

        def send(query: str) -> None:
            answer = http.post(stage.development, json={"query": query})
            sent.append("data" in answer.json())
            leak = _LEAK.search(json.dumps(answer.json().get("errors", [])))
            internal = "INTERNAL_SERVER_ERROR" in answer.text
            if answer.is_server_error or leak or internal:
                wrong.append(f"{answer.status_code} {leak and leak[0]} for {query[:200]!r}")

        for make, count in (
            (hypothesis_graphql.queries, QUERIES),
            (hypothesis_graphql.mutations, MUTATIONS),
        ):
            bounded = settings(
                max_examples=count,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            bounded(given(make(schema, custom_scalars=_SCALARS))(send))()
    yield Row(
        name="Generated operations that broke something",
        figure=f"{len(wrong)} of {len(sent)} ({sum(sent)} were carried out)",
        wanted=f"0 of {QUERIES + MUTATIONS}",
        fine=not wrong and len(sent) >= QUERIES + MUTATIONS,
        detail="; ".join(wrong[:3]),
    )


def logs(stage: Stage) -> Iterable[Row]:
    text = stage.logged()
    secrets = {
        "the member's address": stage.member["email"],
        "their password": stage.member["password"],
        "their token": stage.token.rpartition(".")[2],
        "an unexpected failure": "graphql.unexpected",
        "a traceback": "Traceback",
    }
    found = [name for name, secret in secrets.items() if secret in text]
    yield Row(
        name="Secrets and crashes in the logs",
        figure=f"{len(found)} in {text.count(chr(10))} lines",
        wanted="0",
        fine=not found and bool(text),
        detail=", ".join(found),
    )
