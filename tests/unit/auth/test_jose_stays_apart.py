from pathlib import Path

PRODUCT = [
    file
    for package in ("bff", "resolvers", "clients")
    for file in (Path(__file__).parents[3] / package).rglob("*.py")
]


def test_only_one_module_knows_the_token_library() -> None:
    knowing = [file.name for file in PRODUCT if "from jose" in file.read_text(encoding="utf-8")]
    assert knowing == ["signatures.py"]
