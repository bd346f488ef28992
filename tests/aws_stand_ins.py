"""DynamoDB, SQS, KMS and Secrets Manager over real sockets: dynoxide and MiniStack.

Both run once for the whole run. `dynamodb` and `aws` are their addresses; a test that asks for one
is skipped, with a sentence that says what is missing, where the program cannot be had. A
`conftest.py` gets them with `from tests.aws_stand_ins import aws, dynamodb`.
"""

import base64
import contextlib
import json
import os
import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from bff.credentials import kms as kms_keys
from scripts import fetch_stand_ins

START_SECONDS = 30
STOP_SECONDS = 10

# What boto3 wants to know; the stand-ins believe everybody.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "stand-in",
    "AWS_SECRET_ACCESS_KEY": "stand-in",
    "AWS_DEFAULT_REGION": "ap-southeast-1",
}


@contextlib.contextmanager
def running_dynoxide(folder: Path, port: int | None = None) -> Iterator[str]:
    """DynamoDB, its data in `folder`; the address."""
    port = port or free_port()
    program = str(fetch_stand_ins.dynoxide())
    command = [program, "serve", "--port", str(port), "--db-path", str(folder / "dynoxide.db")]
    with _running(command, folder / "dynoxide.log", {}, port) as url:
        yield url


@contextlib.contextmanager
def running_ministack(folder: Path, port: int | None = None) -> Iterator[str]:
    """SQS, KMS and Secrets Manager, kept in memory; the address."""
    port = port or free_port()
    environment = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "sqs,kms,secretsmanager",
        "STATE_DIR": str(folder / "ministack"),
        "IOT_MTLS_ENABLED": "0",  # else it listens on MQTT's port as well
    }
    command = [str(fetch_stand_ins.ministack())]
    with _running(command, folder / "ministack.log", environment, port) as url:
        yield url


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def client(service: str, url: str) -> Any:
    """A plain boto3 client of a stand-in, for what a test does behind the product's back."""
    return boto3.session.Session().client(
        service,
        endpoint_url=url,
        region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


@contextlib.contextmanager
def pointing_boto3_at(**urls: str) -> Iterator[None]:
    """Credentials, region, and the endpoint of each service, where boto3 looks by itself."""
    endpoints = {f"AWS_ENDPOINT_URL_{service.upper()}": url for service, url in urls.items()}
    with pytest.MonkeyPatch.context() as process:
        for name, value in {**CREDENTIALS, **endpoints}.items():
            process.setenv(name, value)
        yield


def distributed(dynamodb: str, aws: str) -> dict[str, str]:
    """Settings of a BFF whose table, queue and sealed data key are new, boto3's own among them.

    Credentials are the sandbox's, which knows its own only.
    """
    kms = client("kms", aws)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = kms.generate_data_key_without_plaintext(
        KeyId=key, KeySpec="AES_256", EncryptionContext=dict(kms_keys.CONTEXT)
    )
    kms.close()
    return {
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_ENDPOINT_URL_SQS": aws,
        "AWS_ENDPOINT_URL_KMS": aws,
        "LEDGER": "dynamodb",
        "LEDGER_TABLE": new_table(dynamodb),
        "WAKEUPS": "sqs",
        "WAKEUPS_QUEUE_URL": new_queues(aws).wakeups,
        "DATA_KEYS": base64.b64encode(made["CiphertextBlob"]).decode(),
        "DATA_KEYS_KMS_KEY": key,
    }


@dataclass(frozen=True)
class Queues:
    wakeups: str
    dead: str


def new_queues(url: str) -> Queues:
    """The queue of wake-ups and its dead-letter queue, as docs/ledger.md has them but quicker."""
    opened = client("sqs", url)
    name = f"wakeups-{secrets.token_hex(4)}"
    dead = opened.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    asked = opened.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": asked["Attributes"]["QueueArn"], "maxReceiveCount": "2"}
    attributes = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive)}
    wakeups = opened.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    opened.close()
    return Queues(wakeups, dead)


def new_table(url: str) -> str:
    """A table of its own for the ledger, as docs/ledger.md has it; its name."""
    name = f"ledger-{secrets.token_hex(4)}"
    opened = client("dynamodb", url)
    shards, times = ("due_shard", "unfinished_shard"), ("due_at", "created_at")
    types = {**dict.fromkeys(("pk", "sk", *shards), "S"), **dict.fromkeys(times, "N")}
    opened.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, kind in types.items()
        ],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            _index("due", "due_shard", "due_at"),
            _index("unfinished", "unfinished_shard", "created_at"),
        ],
    )
    ends = {"Enabled": True, "AttributeName": "expires_at"}
    opened.update_time_to_live(TableName=name, TimeToLiveSpecification=ends)
    opened.close()
    return name


def _index(name: str, partition: str, order: str) -> dict[str, Any]:
    projection = {"ProjectionType": "KEYS_ONLY"}
    return {"IndexName": name, "KeySchema": _keys(partition, order), "Projection": projection}


def _keys(partition: str, order: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": order, "KeyType": "RANGE"},
    ]


@contextlib.contextmanager
def _running(command: list[str], log: Path, own: Mapping[str, str], port: int) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    path = {"PATH": os.environ["PATH"]}  # noqa: TID251 - handed on to what is started
    with (
        log.open("ab") as written,
        subprocess.Popen(  # noqa: S603 - a program that we fetched
            command, cwd=log.parent, env={**path, **own}, stdout=written, stderr=written
        ) as process,
    ):
        try:
            _wait_until_up(url, process, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_SECONDS * 20):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, timeout=1, trust_env=False)
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"ended with {process.wait(0.05)}: {log.read_text()[-500:]}")
    raise RuntimeError(f"{url} does not answer: {log.read_text()[-500:]}")


_Running = Callable[[Path], contextlib.AbstractContextManager[str]]


def _for_the_run(start: _Running, factory: pytest.TempPathFactory) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(start(factory.mktemp("aws")))
        except fetch_stand_ins.CannotFetch as problem:
            pytest.skip(f"Missing: {problem}.")
        yield url


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _for_the_run(running_dynoxide, tmp_path_factory)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from _for_the_run(running_ministack, tmp_path_factory)
