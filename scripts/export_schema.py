"""Writes schema.graphql, or with --check tells whether it is stale."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from resolvers.schema import sdl  # noqa: E402 - the path must be there first

TARGET = ROOT / "schema.graphql"


def main(arguments: list[str]) -> int:
    text = sdl()
    if arguments == ["--check"]:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("schema.graphql is stale: run python scripts/export_schema.py")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
