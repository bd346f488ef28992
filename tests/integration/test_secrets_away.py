"""A copy that starts without its secrets lives, is not ready, and makes the best of it."""

from pathlib import Path

from tests.aws_stand_ins import free_port, running_ministack
from tests.bff_process import BffProcess, bff_process
from tests.rotation_rig import secret_fields
from tests.sandbox_process import Sandbox
from tests.secret_kinds import Vaulted

PREFIX = "away/"
CATALOGUE = "{ experiences(first: 1) { edges { node { name } } } }"


async def failed_checks(copy: BffProcess) -> list[str]:
    answer = await copy.readiness()
    return [] if answer is None else answer.json().get("failed", [])


async def test_a_copy_without_its_secrets_tries_on_and_reads_with_the_shared_token(
    sandbox: Sandbox, aws: str, tmp_path: Path
) -> None:
    del aws  # skipped where MiniStack cannot be had
    async with bff_process(sandbox, tmp_path) as other:
        await other.until_ready()
        sandbox.forget_calls()
    port = free_port()
    settings = {
        "SECRETS": "secretsmanager",
        "SECRETS_PREFIX": PREFIX,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://127.0.0.1:{port}",
    }
    async with bff_process(sandbox, tmp_path, BFF_MODE="development", **settings) as copy:
        await copy.until_alive()
        assert "secrets" in await failed_checks(copy)
        assert (await copy.app.data(CATALOGUE))["experiences"]["edges"]
        assert sandbox.calls("sevenrooms", "POST", "/auth") == []
        with running_ministack(tmp_path, port) as url:
            vaulted = Vaulted(url, PREFIX)
            for secret in ("sevenrooms", "memberson", "stripe", "cognito"):
                vaulted.put(secret, secret_fields(sandbox, secret))
            await copy.until_ready()
            assert (await copy.app.sign_in())["__typename"] == "Session"
