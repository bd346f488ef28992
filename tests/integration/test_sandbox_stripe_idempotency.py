"""Idempotency keys at the stand-in, as docs.stripe.com/api/idempotent_requests has them."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import stripe

from tests.stripe_rig import Rig, running_stripe

DAY_SECONDS = 24 * 60 * 60
INTENT = {"amount": "12000", "currency": "sgd", "capture_method": "manual"}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running_stripe() as running:
        yield running


async def post(
    rig: Rig, path: str, form: dict[str, str], key: str, **headers: str
) -> httpx.Response:
    return await rig.api.post(path, data=form, headers={"idempotency-key": key, **headers})


async def test_the_same_request_gets_the_very_same_answer(rig: Rig) -> None:
    first = await post(rig, "/v1/payment_intents", INTENT, "b-1:open")
    second = await post(rig, "/v1/payment_intents", dict(reversed(INTENT.items())), "b-1:open")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-request"] == first.headers["request-id"]
    assert second.headers["request-id"] != first.headers["request-id"]
    assert len(rig.state.intents) == 1


async def test_a_kept_answer_does_not_follow_what_happened_since(rig: Rig) -> None:
    first = await post(rig, "/v1/payment_intents", INTENT, "b-1:open")
    await rig.order("/pay", payment_intent=first.json()["id"], card="visa")
    second = await post(rig, "/v1/payment_intents", INTENT, "b-1:open")
    assert second.json()["status"] == "requires_payment_method"


async def test_other_parameters_under_the_key_are_an_idempotency_error(rig: Rig) -> None:
    await post(rig, "/v1/payment_intents", INTENT, "b-1:open")
    other = await post(rig, "/v1/payment_intents", INTENT | {"amount": "1"}, "b-1:open")
    assert other.status_code == 400
    assert other.json()["error"]["type"] == "idempotency_error"
    assert len(rig.state.intents) == 1


async def test_another_endpoint_under_the_key_is_an_idempotency_error(rig: Rig) -> None:
    intent = await rig.intent()
    path = f"/v1/payment_intents/{intent.id}"
    assert (await post(rig, f"{path}/confirm", {"payment_method": "pm_card_visa"}, "k")).is_success
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await rig.sdk.v1.payment_intents.capture_async(intent.id, {}, {"idempotency_key": "k"})
    assert rig.state.intents[intent.id].amount_received == 0


async def test_a_declined_card_is_declined_again_without_being_asked(rig: Rig) -> None:
    intent = await rig.intent()
    path = f"/v1/payment_intents/{intent.id}/confirm"
    form = {"payment_method": "pm_card_visa_chargeDeclined"}
    first, second = [await post(rig, path, form, "k") for _ in range(2)]
    assert (first.status_code, second.status_code) == (402, 402)
    assert first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"
    assert len(rig.state.charges) == 1


async def test_a_missing_object_is_kept_as_an_answer(rig: Rig) -> None:
    answers = [await post(rig, "/v1/payment_intents/pi_none/capture", {}, "k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[1].headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_failure_of_stripes_own_is_kept_and_the_work_not_repeated(
    rig: Rig, when: str
) -> None:
    await rig.order("/break", when=when)
    answers = [await post(rig, "/v1/payment_intents", INTENT, "k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert answers[0].json()["error"]["type"] == "api_error"
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert len(rig.state.intents) == (1 if when == "after" else 0)


async def test_a_request_that_fails_validation_does_not_take_its_key(rig: Rig) -> None:
    bad = await post(rig, "/v1/payment_intents", {"amount": "12000"}, "k")
    assert bad.json()["error"]["code"] == "parameter_missing"
    assert (await post(rig, "/v1/payment_intents", INTENT, "k")).status_code == 200


async def test_a_wrong_secret_key_does_not_take_the_idempotency_key(rig: Rig) -> None:
    wrong = {"authorization": "Bearer sk_test_wrong"}
    refused = await post(rig, "/v1/payment_intents", INTENT, "k", **wrong)
    assert refused.status_code == 401
    answer = await post(rig, "/v1/payment_intents", INTENT, "k")
    assert (answer.status_code, "idempotent-replayed" in answer.headers) == (200, False)


async def test_concurrent_use_of_a_key_is_a_conflict_and_the_work_is_done_once(rig: Rig) -> None:
    await rig.order("/slow", seconds=0.3)
    answers = await asyncio.gather(
        *(post(rig, "/v1/payment_intents", INTENT, "k") for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    conflict = next(answer for answer in answers if answer.status_code == 409)
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    assert len(rig.state.intents) == 1
    later = await post(rig, "/v1/payment_intents", INTENT, "k")
    assert later.headers["idempotent-replayed"] == "true"


async def test_a_key_lives_for_a_day_by_the_clock(rig: Rig) -> None:
    first = await post(rig, "/v1/payment_intents", INTENT, "k")
    rig.clock.advance(DAY_SECONDS - 60)
    assert (await post(rig, "/v1/payment_intents", INTENT, "k")).content == first.content
    rig.clock.advance(60)
    fresh = await post(rig, "/v1/payment_intents", INTENT, "k")
    assert fresh.json()["id"] != first.json()["id"]


async def test_accounts_do_not_share_keys(rig: Rig) -> None:
    first = await post(rig, "/v1/payment_intents", INTENT, "k")
    other = await post(rig, "/v1/payment_intents", INTENT, "k", **{"stripe-account": "acct_2"})
    assert other.json()["id"] != first.json()["id"]


async def test_a_key_has_at_most_255_characters(rig: Rig) -> None:
    assert (await post(rig, "/v1/payment_intents", INTENT, "k" * 255)).status_code == 200
    assert (await post(rig, "/v1/payment_intents", INTENT, "k" * 256)).status_code == 400


async def test_reads_take_no_key(rig: Rig) -> None:
    intent = await rig.intent()
    path = f"/v1/payment_intents/{intent.id}"
    for _ in range(2):
        answer = await rig.api.get(path, headers={"idempotency-key": "k"})
        assert "idempotent-replayed" not in answer.headers
