"""Manifests of trusted documents: what the app's build collected of its operations.

Two forms: Apollo's `{"format": "apollo-persisted-query-manifest", "version": 1, "operations":
[{"id", "body", ...}]}`, and a plain object of id -> document. `python -m resolvers.manifests FILE`
checks every document against the schema and its limits.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from resolvers.schema import ClubSchema, SchemaOptions

APOLLO = "apollo-persisted-query-manifest"


class BadManifest(Exception):
    """The file is no manifest; the message is for the operator."""


def read_manifests(paths: Iterable[Path]) -> dict[str, str]:
    """The documents by their ids. Errors: `BadManifest`, also where one id names two."""
    found: dict[str, str] = {}
    for path in paths:
        for key, document in _read(path).items():
            if found.setdefault(key, document) != document:
                raise BadManifest(f"{path}: {key} names another document in another manifest")
    return found


def _read(path: Path) -> Mapping[str, str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise BadManifest(f"{path}: {type(problem).__name__}") from problem
    rows = _apollo(data) if isinstance(data, dict) and data.get("format") == APOLLO else data
    if not isinstance(rows, dict) or not all(
        isinstance(key, str) and isinstance(value, str) for key, value in rows.items()
    ):
        raise BadManifest(f"{path}: neither Apollo's form nor an object of id -> document")
    return rows


def _apollo(data: Mapping[str, Any]) -> Any:
    operations = data.get("operations")
    if not isinstance(operations, list):
        return None
    rows = [(it.get("id"), it.get("body")) for it in operations if isinstance(it, dict)]
    # A row that is repeated or is no object is a fault of the build, and must not pass unseen.
    unique = len({key for key, _ in rows}) == len(operations)
    return dict(rows) if unique else None


def faults(documents: Mapping[str, str], schema: ClubSchema) -> list[str]:
    """What the schema or its limits refuse, a line for each document."""
    return [f"{key}: {said}" for key, text in documents.items() if (said := _fault(text, schema))]


def _fault(text: str, schema: ClubSchema) -> str | None:
    reading = schema.read(text)
    if reading is None:
        return "cannot be parsed"
    if reading.errors:
        return reading.errors[0].message
    return None if len(reading.operations) == 1 else "must hold one operation"


def main(paths: Sequence[str]) -> int:
    try:
        documents = read_manifests(map(Path, paths))
    except BadManifest as bad:
        sys.stderr.write(f"{bad}\n")
        return 2
    found = faults(documents, ClubSchema(SchemaOptions(suggestions=True)))
    sys.stderr.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{len(documents)} documents, {len(found)} refused\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
