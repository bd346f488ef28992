"""Operations that nobody would write, and what all of the audit has left in the logs."""

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import schemathesis
from audit_stage import Row, Stage
from graphql import ArgumentNode, IntValueNode, Node, StringValueNode, Visitor, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run import post
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response
from schemathesis.core.failures import FailureGroup
from schemathesis.graphql import nodes
from schemathesis.specs.openapi.checks import positive_data_acceptance

# For each of the 11 fields of the roots, well-formed and malformed; some run out of ideas before.
CASES_OF_A_FIELD = 28
WANTED = 500
# Our own words never look like these.
_LEAK = re.compile(r'Traceback|File "|\.py\b|sqlite3?|Error\(|0x[0-9a-f]{8}|127\.0\.0\.1')
# What a well-formed operation may be refused with: its values are out of bounds.
_EXPECTED = {"BAD_USER_INPUT", "LIMIT_EXCEEDED"}
# Numbers up to here are some in and some out of the bounds of `first`, `days` and `partySize`.
_LARGEST = 60
# Beyond it a number is no Int: whoever generated it meant the malformed operation.
_INT = 2**31


def generated(stage: Stage) -> Iterable[Row]:
    schemathesis.graphql.scalar("Date", _days().map(nodes.String))
    schema = schemathesis.graphql.from_url(stage.development)
    schema.hook("map_body")(_with_true_ids(stage))
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)
            _bounded(given(strategy)(lambda case: _send(case, stage, seen, wrong)))()
    yield Row(
        name="Generated operations that broke something (schemathesis)",
        figure=f"{len(wrong)} of {seen['sent']} ({seen['carried out']} were carried out)",
        wanted=f"0 of {WANTED} or more",
        fine=not wrong and seen["sent"] >= WANTED,
        detail="; ".join(wrong[:3]),
    )


_bounded = settings(
    max_examples=CASES_OF_A_FIELD,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def _days() -> st.SearchStrategy[str]:
    """Days that the catalogue knows, and days that it does not."""
    today = dt.datetime.now(dt.UTC).date()
    near = st.dates(today, today + dt.timedelta(days=400))
    return st.one_of(near, near, st.dates()).map(str)


def _with_true_ids(stage: Stage) -> Any:
    """Half of what is generated asks for what is there: else nothing would be carried out."""
    answer = post(stage.development, {"query": "{ experiences { edges { node { id } } } }"})
    rows = [edge["node"]["id"] for edge in answer["data"]["experiences"]["edges"]]
    ids = itertools.cycle([None, stage.booking, None, *rows[:1], None, *rows[1:2]])

    class Truth(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: Any) -> Node | None:
            if isinstance(node.value, IntValueNode) and abs(int(node.value.value)) < _INT:
                number = abs(int(node.value.value)) % _LARGEST
                return ArgumentNode(name=node.name, value=IntValueNode(value=str(number)))
            true = next(ids) if isinstance(node.value, StringValueNode) else None
            if true is None or node.name.value != "id":
                return None
            return ArgumentNode(name=node.name, value=StringValueNode(value=true))

    def map_body(_context: HookContext, body: Any) -> Any:
        return visit(body, Truth())

    return map_body


def _send(case: Case, stage: Stage, seen: Counter[str], wrong: list[str]) -> None:
    headers = {"authorization": f"Bearer {stage.token}"}
    response = case.call(headers=headers)
    seen["sent"] += 1
    seen["carried out"] += '"data":{' in response.text
    try:
        case.validate_response(
            response,
            excluded_checks=[positive_data_acceptance],
            additional_checks=[_refused_in_our_words],
            headers=headers,
        )
    except FailureGroup as failures:
        wrong.extend(f"{case.operation.label} {case.body}: {it}" for it in failures.exceptions)


def _refused_in_our_words(_context: CheckContext, response: Response, case: Case) -> None:
    """In the place of schemathesis's own check, for which any refusal of a value is a failure."""
    errors = response.json().get("errors", [])
    leak = _LEAK.search(str(errors))
    assert leak is None, leak  # noqa: S101 - how a check of schemathesis says no
    codes = {error["extensions"]["code"] for error in errors}
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert codes <= _EXPECTED, codes  # noqa: S101 - likewise


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
