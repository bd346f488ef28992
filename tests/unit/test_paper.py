"""What the repository's pages name is there, and what they tell to paste is valid."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import parse, validate

from resolvers.schema import ClubSchema, SchemaOptions

ROOT = Path(__file__).resolve().parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCHEMA = ClubSchema(SchemaOptions()).graphql

_LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_TOP = "bff|resolvers|clients|sandbox|graphiql|tests|scripts|docs"
_PATH = re.compile(rf"`((?:{_TOP})/[\w./-]*)`")
_BODY = re.compile(r'"query": ("(?:[^"\\]|\\.)*")')
_GRAPHQL = re.compile(r"```graphql\n(.*?)```", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {"#" + re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def broken_links(page: Path) -> Iterator[str]:
    for path, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield path + anchor


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_and_folder_that_is_named_is_there(page: Path) -> None:
    paths = set(_PATH.findall(page.read_text(encoding="utf-8")))
    assert {path for path in paths if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_command_that_is_named_is_there(page: Path) -> None:
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    told = re.findall(r"(?:`|=\d+ )make ([a-z0-9-]+)", page.read_text("utf-8"))
    assert set(told) - set(targets) == set()


@pytest.mark.parametrize(
    "document", [*_GRAPHQL.findall(README), *map(json.loads, _BODY.findall(README))]
)
def test_every_document_of_the_readme_is_valid(document: str) -> None:
    assert validate(SCHEMA, parse(document)) == []


def test_every_decision_is_in_the_index() -> None:
    pages = {page.name for page in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert pages == set(re.findall(r"\]\((\d[^)]*)\)", index))


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n[here](#a-page) [not](#there) [no file](gone.md)\n", "utf-8")
    assert list(broken_links(page)) == ["#there", "gone.md"]
