"""Every operation that is stored anywhere here can be carried out by the present schema."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from resolvers.manifests import faults, read_manifests
from resolvers.schema import ClubSchema, SchemaOptions

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = sorted((ROOT / "audit").glob("operations*.json"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_every_stored_operation_is_valid_for_the_schema(path: Path) -> None:
    documents = read_manifests([path])
    assert documents
    assert faults(documents, ClubSchema(SchemaOptions())) == []


def test_the_stored_operations_are_the_examples_of_today() -> None:
    script = ROOT / "scripts" / "collect_operations.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True)  # noqa: S603 - ours


def test_a_hash_names_its_own_text() -> None:
    for path in MANIFESTS:
        for it in json.loads(path.read_text("utf-8"))["operations"]:
            assert it["id"] == hashlib.sha256(it["body"].encode()).hexdigest()
