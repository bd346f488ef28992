"""Queries that nobody would write, against the running server."""

import datetime as dt
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes

from tests.sandbox_process import ROOT, Sandbox
from tests.served_bff import ServedBff, served_bff

SCHEMA = (ROOT / "schema.graphql").read_text("utf-8")
EXAMPLES = 150
# What only our own side, or an exception's text, would say.
LEAKS = (
    "Traceback",
    'File "',
    "site-packages",
    "object at 0x",
    "sqlite",
    "aiohttp",
    "graphql-core",
)


# Days that the catalogue knows, days that it does not, and what is no day at all.
DAYS = st.one_of(
    st.dates(dt.date(2026, 11, 1), dt.date(2028, 1, 1)).map(str), st.dates().map(str), st.text()
)


@pytest.fixture(scope="module")
def served(
    sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedBff]:
    with served_bff(sandbox_process, tmp_path_factory.mktemp("served")) as running:
        yield running


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(document=from_schema(SCHEMA, custom_scalars={"Date": DAYS.map(nodes.String)}))
def test_a_generated_document_is_answered_without_a_failure_or_a_leak(
    document: str, served: ServedBff
) -> None:
    with httpx.Client(base_url=served.url, timeout=30, trust_env=False) as http:
        headers = {"authorization": f"Bearer {served.token}"}
        answer = http.post("/graphql", json={"query": document}, headers=headers)
    assert answer.status_code < 500, answer.text
    assert not [leak for leak in LEAKS if leak in answer.text]
    codes = [error["extensions"]["code"] for error in answer.json().get("errors", [])]
    assert "INTERNAL_SERVER_ERROR" not in codes, (document, answer.text)
