"""What a collector finds at /metrics, from calls that were really made."""

from pathlib import Path

from tests.aws_stand_ins import distributed
from tests.integration.test_journeys import POINTS, slots
from tests.rotation_rig import secret_fields
from tests.running_bff import App, new_key, running_bff
from tests.sandbox_process import Sandbox
from tests.secret_kinds import Vaulted

UPSTREAMS = {"sevenrooms", "memberson", "stripe", "cognito", "cognito-keys"}
AT_AWS = {"dynamodb", "sqs", "sqs-polls", "secretsmanager"}
SECRETS_PREFIX = "figures/"
GAUGES = ("circuit_state", "retry_budget", "calls_under_way", "calls_at_once")


async def figures(app: App) -> dict[str, float]:
    page = await app.http.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = [line.rpartition(" ") for line in page.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in told}


def by_upstream(found: dict[str, float], name: str) -> dict[str, float]:
    return {key.split('"')[1]: value for key, value in found.items() if key.startswith(name + "{")}


async def test_it_tells_of_upstreams_caches_and_the_backlog(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running_bff(sandbox, tmp_path, BFF_BOOKING_BUDGET_SECONDS="1") as app:
        await app.sign_in()
        slot = (await slots(app))[0]
        well = await figures(app)
        sandbox.fault("memberson", "error", status=503)
        given = {"idempotencyKey": new_key(), "slotId": slot["id"]}
        await app.data(POINTS, input=given)
        ill = await figures(app)
    assert set(by_upstream(well, "bff_upstream_circuit_state")) == UPSTREAMS
    assert set(by_upstream(well, "bff_upstream_circuit_state").values()) == {0}
    assert set(by_upstream(well, "bff_upstream_calls_under_way").values()) == {0}
    venues = 'bff_upstream_calls_total{operation="venues",outcome="answered",upstream="sevenrooms"}'
    assert well[venues] == 1
    assert well['bff_cache_answers_total{cache="catalogue",how="fresh"}'] >= 1
    assert well['bff_cache_age_seconds{cache="catalogue"}'] < 60
    assert well["bff_bookings_backlog"] == 0
    assert ill["bff_bookings_backlog"] == 1
    failed = {
        key: value
        for key, value in ill.items()
        if 'outcome="OutcomeUnknown",upstream="memberson"' in key
    }
    assert sum(failed.values()) >= 1
    budgets = by_upstream(ill, "bff_upstream_retry_budget")
    assert budgets["memberson"] < budgets["sevenrooms"]


async def test_it_tells_the_same_of_what_is_our_own_at_aws(
    sandbox: Sandbox, tmp_path: Path, dynamodb: str, aws: str
) -> None:
    vaulted = Vaulted(aws, SECRETS_PREFIX)
    for secret in ("sevenrooms", "memberson", "stripe", "cognito"):
        vaulted.put(secret, secret_fields(sandbox, secret))
    settings = distributed(dynamodb, aws) | {
        "SECRETS": "secretsmanager",
        "SECRETS_PREFIX": SECRETS_PREFIX,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": aws,
    }
    async with running_bff(sandbox, tmp_path, **settings) as app:
        told = await figures(app)
    for gauge in GAUGES:
        assert set(by_upstream(told, f"bff_upstream_{gauge}")) == UPSTREAMS | AT_AWS
    looks = 'operation="describe_secret",outcome="answered",upstream="secretsmanager"'
    assert told[f"bff_upstream_calls_total{{{looks}}}"] >= 1


async def test_what_came_through_a_proxy_is_told_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running_bff(sandbox, tmp_path) as app:
        answer = await app.http.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})
        assert answer.status_code == 404
        assert "bff_" not in answer.text


async def test_no_figure_names_a_guest_or_an_id(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running_bff(sandbox, tmp_path) as app:
        await app.sign_in()
        await app.data("{ me { points { balance } membership { number } } }")
        page = (await app.http.get("/metrics")).text
    assert sandbox.member["email"] not in page
    assert "CT0" not in page
    assert "/v1/" not in page or ":id" in page
