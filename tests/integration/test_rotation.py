"""Secrets are replaced and tokens renewed while others use them; what fails changes nothing."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.credentials.renewal import Renewed
from bff.credentials.rotation import NEXT, STEPS, CannotRotate, Rotation
from bff.rotation import renew_tokens, replace_secret
from bff.wiring.rotation import open_rotation
from tests.rotation_rig import CRM_PASSWORD, ROOMS_SECRET, Kept, kept_in_secrets_manager
from tests.sandbox_process import ROOT, Sandbox


@pytest.fixture
def kept(sandbox: Sandbox, aws: str, tmp_path: Path) -> Iterator[Kept]:
    with kept_in_secrets_manager(sandbox, aws, tmp_path) as made:
        yield made


def _has_next(kept: Kept, secret: str) -> bool:
    return any(NEXT in stages for stages in kept.vaulted.stages(secret).values())


def current(kept: Kept, name: str) -> str:
    return kept.vaulted.fields("sevenrooms")[name]


async def all_four(rotation: Rotation, secret_id: str, version: str) -> None:
    for step in STEPS:
        await rotation.do(step, secret_id, version)


async def test_the_four_steps_make_the_pending_version_the_current_one(kept: Kept) -> None:
    version = kept.vaulted.put(
        "sevenrooms", kept.fields("sevenrooms", **{ROOMS_SECRET: "new"}), "AWSPENDING"
    )
    kept.accept_rooms(kept.old_rooms, "new")
    async with open_rotation(kept.settings) as rotation:
        arn = kept.vaulted.client.describe_secret(SecretId=f"{kept.vaulted.prefix}sevenrooms")
        await all_four(rotation, arn["ARN"], version)
    assert current(kept, ROOMS_SECRET) == "new"
    assert kept.vaulted.fields("sevenrooms", "AWSPREVIOUS")[ROOMS_SECRET] == kept.old_rooms


@pytest.mark.parametrize("cut_after", range(5))
async def test_a_rotation_that_was_cut_off_anywhere_is_taken_up_again(
    kept: Kept, cut_after: int
) -> None:
    version = kept.vaulted.put(
        "sevenrooms", kept.fields("sevenrooms", **{ROOMS_SECRET: "new"}), NEXT
    )
    kept.accept_rooms("new")
    settings = kept.settings
    async with open_rotation(settings) as rotation:
        if cut_after:
            assert await rotation._begun("sevenrooms") == version
        for step in STEPS[:cut_after]:
            await rotation.do(step, f"{kept.vaulted.prefix}sevenrooms", version)
    if cut_after < len(STEPS):
        assert await replace_secret(settings, "sevenrooms") == version
    assert current(kept, ROOMS_SECRET) == "new"
    assert not _has_next(kept, "sevenrooms")
    async with open_rotation(settings) as rotation:
        before = kept.vaulted.stages("sevenrooms")
        await all_four(rotation, f"{kept.vaulted.prefix}sevenrooms", version)
        assert kept.vaulted.stages("sevenrooms") == before


@pytest.mark.parametrize("secret", ["sevenrooms", "memberson", "stripe"])
async def test_a_secret_that_the_upstream_refuses_is_never_promoted(
    kept: Kept, secret: str
) -> None:
    wrong = dict.fromkeys(kept.fields(secret), "wrong")
    kept.vaulted.put(secret, wrong, NEXT)
    with pytest.raises(CannotRotate, match=f"^{secret}: not proven, (Unauthorised|Refused) 40"):
        await replace_secret(kept.settings, secret)
    assert kept.vaulted.fields(secret) == kept.fields(secret)


@pytest.mark.parametrize("secret", ["sevenrooms", "memberson", "stripe"])
async def test_a_secret_that_the_upstream_takes_is_promoted(kept: Kept, secret: str) -> None:
    changed = {
        "sevenrooms": {ROOMS_SECRET: "new"},
        "memberson": {CRM_PASSWORD: "new"},
        "stripe": {"STRIPE_SECRET_KEY": "sk_test_new"},
    }[secret]
    kept.accept_rooms(kept.old_rooms, "new")
    kept.accept_crm(kept.old_crm, "new")
    kept.accept_stripe(kept.sandbox.environment["STRIPE_SECRET_KEY"], "sk_test_new")
    kept.vaulted.put(secret, kept.fields(secret, **changed), NEXT)
    await replace_secret(kept.settings, secret)
    assert kept.vaulted.fields(secret) == kept.fields(secret, **changed)


async def test_while_the_upstream_is_away_nothing_is_promoted(kept: Kept) -> None:
    kept.vaulted.put("sevenrooms", kept.fields("sevenrooms"), NEXT)
    kept.sandbox.fault("sevenrooms", "down")
    with pytest.raises(CannotRotate, match=r"^sevenrooms: not proven, NotSent$"):
        await replace_secret(kept.settings, "sevenrooms")
    stages = sorted(each for of in kept.vaulted.stages("sevenrooms").values() for each in of)
    assert stages == ["AWSCURRENT", "AWSPENDING", NEXT]


async def test_what_makes_no_secret_is_refused_in_words_that_hold_none(kept: Kept) -> None:
    kept.vaulted.put("sevenrooms", {ROOMS_SECRET: "canary"}, NEXT)
    with pytest.raises(CannotRotate) as problem:
        await replace_secret(kept.settings, "sevenrooms")
    assert str(problem.value) == "sevenrooms: a field is missing or empty"


async def test_without_a_version_to_come_there_is_nothing_to_rotate(kept: Kept) -> None:
    with pytest.raises(CannotRotate, match="no version is pending or labelled NEXT"):
        await replace_secret(kept.settings, "memberson")


async def test_a_version_that_is_not_pending_and_a_secret_that_is_not_ours_are_refused(
    kept: Kept,
) -> None:
    version = kept.vaulted.put("sevenrooms", kept.fields("sevenrooms"), NEXT)
    async with open_rotation(kept.settings) as rotation:
        for secret_id, problem in (
            (f"{kept.vaulted.prefix}sevenrooms", "not pending"),
            ("other/sevenrooms", "not a secret"),
            (f"{kept.vaulted.prefix}cognito", "not a secret"),
        ):
            with pytest.raises(CannotRotate, match=problem):
                await rotation.do("finishSecret", secret_id, version)
    assert kept.vaulted.fields("sevenrooms") == kept.fields("sevenrooms")


async def test_many_renewals_at_once_cost_one_token_of_each_upstream(kept: Kept) -> None:
    outcomes = await asyncio.gather(*(renew_tokens(kept.settings) for _ in range(4)))
    assert kept.authentications() == (1, 1)
    for upstream in ("sevenrooms", "memberson"):
        told = [outcome[upstream] for outcome in outcomes]
        assert all(isinstance(each, Renewed) for each in told)
        assert [each.is_ours for each in told if isinstance(each, Renewed)].count(True) == 1


async def test_an_upstream_that_is_away_keeps_no_other_token_from_being_renewed(
    kept: Kept,
) -> None:
    kept.sandbox.fault("memberson", "down")
    outcome = await renew_tokens(kept.settings)
    assert isinstance(outcome["sevenrooms"], Renewed)
    assert outcome["memberson"] == "NotSent"


def run(kept: Kept, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **kept.environment}  # noqa: TID251 - handed on to the process
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_commands_say_what_they_did(kept: Kept) -> None:
    done = run(kept, "-m", "bff", "rotate-tokens")
    assert done.returncode == 0, done.stderr
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == [
        "sevenrooms: renewed",
        "memberson: renewed",
    ]
    refused = run(kept, "-m", "bff", "rotate-secret", "cognito")
    assert (refused.returncode, refused.stdout) == (9, "")
    assert refused.stderr.endswith("; nothing was changed\n")


def test_the_lambda_handlers_do_the_same(kept: Kept) -> None:
    renew = "import bff.rotation; print(bff.rotation.handler({'source': 'aws.events'}, None))"
    done = run(kept, "-c", renew)
    assert done.stdout == "{'sevenrooms': 'renewed', 'memberson': 'renewed'}\n", done.stderr
    version = kept.vaulted.put(
        "sevenrooms", kept.fields("sevenrooms", **{ROOMS_SECRET: "canary-new"}), "AWSPENDING"
    )
    event = {
        "SecretId": f"{kept.vaulted.prefix}sevenrooms",
        "ClientRequestToken": version,
    }
    rotate = (
        "import bff.rotation, sys, json; bff.rotation.rotate_secret(json.loads(sys.argv[1]), 0)"
    )
    failed = run(kept, "-c", rotate, json.dumps({**event, "Step": "testSecret"}))
    assert failed.returncode == 1
    assert "not proven" in failed.stderr
    kept.accept_rooms("canary-new")
    for step in STEPS:
        done = run(kept, "-c", rotate, json.dumps({**event, "Step": step}))
        assert done.returncode == 0, done.stderr
    assert current(kept, ROOMS_SECRET) == "canary-new"
    assert "canary" not in done.stderr + failed.stderr
