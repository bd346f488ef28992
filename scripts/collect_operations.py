"""Write audit/operations.json: GraphiQL's examples as a manifest of trusted documents."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "audit" / "operations.json"


def manifest() -> str:
    folder = ROOT / "graphiql" / "src" / "examples"
    rows = [_row(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.graphql"))]
    form = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": rows}
    return json.dumps(form, indent=2) + "\n"


def _row(text: str) -> dict[str, Any]:
    (definition,) = parse(text).definitions
    if not isinstance(definition, OperationDefinitionNode) or definition.name is None:
        raise ValueError("an example must hold one named operation")
    return {
        "id": hashlib.sha256(text.encode()).hexdigest(),
        "name": definition.name.value,
        "type": definition.operation.value,
        "body": text,
    }


if __name__ == "__main__":
    if "--check" not in sys.argv:
        TARGET.write_text(manifest(), encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != manifest():
        sys.exit(f"{TARGET.name} is stale: python scripts/collect_operations.py")
