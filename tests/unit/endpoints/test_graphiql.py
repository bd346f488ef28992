"""The page, built or from the CDN, and the examples in it."""

import re
from pathlib import Path

import httpx
import pytest
from graphql import DocumentNode, build_schema, parse, validate
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bff.endpoints.graphiql import graphiql_routes
from bff.endpoints.security_headers import SecurityHeaders

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "graphiql" / "src" / "examples").glob("*.graphql"))


async def get(path: str, build: Path) -> httpx.Response:
    app = SecurityHeaders(
        Starlette(
            routes=[
                Route("/graphql", lambda _request: PlainTextResponse("api")),
                *graphiql_routes(build),
            ]
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bff.test"
    ) as http:
        return await http.get(path)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<script src=/graphiql/assets/a-1.js></script>")
    (folder / "assets" / "a-1.js").write_text("1")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("no")
    return folder


async def test_the_build_talks_to_this_server_alone_and_runs_nothing_inline(build: Path) -> None:
    page = await get("/graphiql", build)
    policy = page.headers["content-security-policy"]

    assert page.status_code == 200
    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy
    assert page.headers["cache-control"] == "no-cache"


async def test_files_of_the_build_are_kept_for_good(build: Path) -> None:
    asset = await get("/graphiql/assets/a-1.js", build)
    assert (asset.status_code, asset.text) == (200, "1")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["x-content-type-options"] == "nosniff"
    assert (await get("/graphiql/favicon.svg", build)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/graphiql/assets/../../secret.txt", "/graphiql/assets/%2e%2e/%2e%2e/secret.txt"]
)
async def test_no_path_leads_out_of_the_build(build: Path, path: str) -> None:
    assert (await get(path, build)).status_code == 404


async def test_without_a_build_the_page_comes_from_the_cdn_pinned_by_hash(tmp_path: Path) -> None:
    page = await get("/graphiql", tmp_path / "none")
    from_cdn = re.findall(r'<(?:script|link)[^>]*"https://[^>]*>', page.text)

    assert len(from_cdn) == 4
    assert all('integrity="sha384-' in tag and re.search(r"@\d", tag) for tag in from_cdn)
    assert "https://cdn.jsdelivr.net" in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"].split("style-src")[0]
    assert (await get("/graphiql/cdn/page.js", tmp_path / "none")).status_code == 200
    assert (await get("/graphiql/assets/a-1.js", tmp_path / "none")).status_code == 404
    assert (await get("/graphiql/favicon.svg", tmp_path / "none")).status_code == 404


async def test_other_answers_may_load_and_run_nothing(build: Path) -> None:
    answer = await get("/graphql", build)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-frame-options"] == "DENY"


def test_there_is_an_example_for_each_use_case() -> None:
    assert [path.stem for path in EXAMPLES] == [
        "availability",
        "book_with_card",
        "book_with_points",
        "cancel_booking",
        "confirm_card_booking",
        "experiences",
        "my_bookings",
        "sign_in",
        "watch_booking",
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid_for_the_schema(path: Path) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    document: DocumentNode = parse(path.read_text())
    assert validate(schema, document) == []
