"""Documents by name: learnt as Apollo's clients teach them, or trusted from the app's build."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from cachetools import LRUCache

from bff.edge_settings import EdgeSettings
from resolvers import manifests
from resolvers.bodies import BadRequest, Operation
from resolvers.manifests import BadManifest, read_manifests
from resolvers.persisted import LEARNT_BYTES, Documents, NotKnown
from tests.unit.resolvers.front import Front

QUERY = "{ experiences(first: 1) { edges { node { name } } } }"
ANSWER = {"data": {"experiences": {"edges": [{"node": {"name": "Dinner 0"}}]}}}
MODERN = "application/graphql-response+json"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def named(text: str = QUERY, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha(text)}}, **more}


def parameters(body: dict[str, Any]) -> dict[str, str]:
    return {key: it if isinstance(it, str) else json.dumps(it) for key, it in body.items()}


async def get(client: httpx.AsyncClient, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await client.get("/graphql", params=parameters(body), headers=headers)


def code(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("accept", ["*/*", MODERN])
@pytest.mark.parametrize("registers_by", ["GET", "POST"])
async def test_a_hashed_get_is_unknown_then_taught_then_known(
    registers_by: str, accept: str
) -> None:
    async with Front().http() as client:
        first = await get(client, named(), accept=accept)
        assert first.status_code == 200
        assert first.headers["content-type"].endswith("json")
        assert first.headers["cache-control"] == "no-store"
        assert code(first) == "PERSISTED_QUERY_NOT_FOUND"
        assert first.json()["errors"][0]["message"] == "PersistedQueryNotFound"
        if registers_by == "GET":
            taught = await get(client, named(query=QUERY))
        else:
            taught = await client.post("/graphql", json=named(query=QUERY))
        assert taught.json() == ANSWER
        assert (await get(client, named(), accept=accept)).json() == ANSWER
        assert (await client.post("/graphql", json=named())).json() == ANSWER


async def test_a_text_under_anothers_hash_is_refused_and_not_kept() -> None:
    async with Front().http() as client:
        other = named("{ __typename }", query=QUERY)
        refused = await client.post("/graphql", json=other)
        assert (refused.status_code, code(refused)) == (400, "BAD_REQUEST")
        assert code(await get(client, named("{ __typename }"))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("text", ["{", "{ nothing }", "{ " + "a: __typename " * 40 + "}"])
async def test_what_cannot_run_is_not_kept(text: str) -> None:
    async with Front().http() as client:
        assert "errors" in (await client.post("/graphql", json=named(text, query=text))).json()
        assert code(await get(client, named(text))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_taught_mutation_is_still_not_for_get() -> None:
    text = 'mutation { refreshSession(input: {refreshToken: "a"}) { __typename } }'
    front = Front()
    async with front.http() as client:
        await client.post("/graphql", json=named(text, query=text))
        assert len(front.sign_in.asked) == 1
        assert (await get(client, named(text))).status_code == 405
        assert len(front.sign_in.asked) == 1


@pytest.mark.parametrize(
    "bad",
    [
        5,
        [],
        {"version": 2, "sha256Hash": "a"},
        {"version": 1},
        {"version": 1, "sha256Hash": 5},
        {"version": 1, "sha256Hash": ""},
        {"version": 1, "sha256Hash": "a" * 129},
    ],
)
async def test_a_malformed_name_is_a_bad_request(bad: Any) -> None:
    async with Front().http() as client:
        body = {"query": QUERY, "extensions": {"persistedQuery": bad}}
        assert (await client.post("/graphql", json=body)).status_code == 400


@pytest.mark.parametrize("name", ["é" * 64, "\u0000", "A" * 128])
async def test_a_name_of_any_text_is_only_unknown(name: str) -> None:
    async with Front().http() as client:
        body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": name}}}
        assert code(await client.post("/graphql", json=body)) == "PERSISTED_QUERY_NOT_FOUND"


def asked(query: str | None = None, name: str | None = None) -> Operation:
    return Operation(query=query, name=None, variables=None, sha256=name, document_id=None)


def test_what_is_learnt_stays_within_its_bytes() -> None:
    documents = Documents(learns=True, policy="off", trusted={})
    texts = [f"{{ a{number} }} #" + "x" * 30_000 for number in range(150)]
    for text in texts:
        documents.learn(asked(text, sha(text)), text)
    learnt: LRUCache[str, str] = documents._learnt
    assert 0 < learnt.currsize <= LEARNT_BYTES
    assert documents.text_of(asked(name=sha(texts[-1]))) == texts[-1]
    with pytest.raises(NotKnown):
        documents.text_of(asked(name=sha(texts[0])))
    long = "{ a } #" + "x" * 40_000
    documents.learn(asked(long, sha(long)), long)
    assert sha(long) not in learnt


async def test_where_nothing_is_learnt_clients_are_told_to_stop_asking() -> None:
    edge = EdgeSettings(persisted_queries=False)
    async with Front().http(edge=edge) as client:
        assert (await client.post("/graphql", json=named(query=QUERY))).json() == ANSWER
        assert code(await get(client, named())) == "PERSISTED_QUERY_NOT_SUPPORTED"


APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": sha(QUERY), "name": "", "type": "query", "body": QUERY}],
}
PLAIN = {"names": QUERY}


def manifest(folder: Path, data: Any, name: str = "manifest.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(("data", "name"), [(APOLLO, sha(QUERY)), (PLAIN, "names")])
@pytest.mark.parametrize("policy", ["allow", "require"])
async def test_a_trusted_document_is_known_from_the_start(
    tmp_path: Path, data: Any, name: str, policy: Any
) -> None:
    files = (manifest(tmp_path, data),)
    edge = EdgeSettings(trusted_documents=policy, trusted_document_files=files)
    async with Front().http(edge=edge) as client:
        persisted = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": name}}}
        assert (await get(client, persisted)).json() == ANSWER
        assert (await client.post("/graphql", json={"documentId": name})).json() == ANSWER
        assert (await client.post("/graphql", json={**persisted, "query": QUERY})).json() == ANSWER


async def test_where_trust_is_required_nothing_else_is_taken(tmp_path: Path) -> None:
    files = (manifest(tmp_path, APOLLO),)
    edge = EdgeSettings(trusted_documents="require", trusted_document_files=files)
    async with Front().http(edge=edge) as client:
        assert (await client.post("/graphql", json={"query": QUERY})).json() == ANSWER
        other = "{ __typename }"
        for body in ({"query": other}, named(other, query=other), {"query": QUERY + " "}):
            refused = await client.post("/graphql", json=body)
            assert (refused.status_code, code(refused)) == (403, "FORBIDDEN")
        assert code(await get(client, named(other))) == "PERSISTED_QUERY_NOT_IN_LIST"


async def test_where_trust_is_off_the_manifests_are_not_looked_at(tmp_path: Path) -> None:
    edge = EdgeSettings(trusted_document_files=(manifest(tmp_path, APOLLO),))
    async with Front().http(edge=edge) as client:
        assert code(await get(client, named())) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[]",
        {"a": 5},
        {**APOLLO, "operations": None},
        {**APOLLO, "operations": [5]},
        {**APOLLO, "operations": [{"id": "a"}]},
        {**APOLLO, "operations": [{"id": "a", "body": "{a}"}, {"id": "a", "body": "{b}"}]},
    ],
)
def test_what_is_no_manifest_is_refused_at_the_start(tmp_path: Path, data: Any) -> None:
    with pytest.raises(BadManifest):
        read_manifests([manifest(tmp_path, data)])


def test_manifests_must_not_contradict_each_other(tmp_path: Path) -> None:
    one, other = manifest(tmp_path, PLAIN, "a"), manifest(tmp_path, {"names": "{ b }"}, "b")
    assert read_manifests([one, one]) == PLAIN
    with pytest.raises(BadManifest):
        read_manifests([one, other])
    with pytest.raises(BadManifest):
        read_manifests([tmp_path / "nowhere"])


def test_the_command_names_each_document_that_the_schema_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = manifest(tmp_path, PLAIN, "good")
    assert manifests.main([str(good)]) == 0
    bad = {
        "gone": "{ gone }",
        "broken": "{",
        "two": "query A { __typename } query B { __typename }",
        "bomb": "{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }",
    }
    assert manifests.main([str(good), str(manifest(tmp_path, bad, "bad"))]) == 1
    told = capsys.readouterr()
    assert "5 documents, 4 refused" in told.out
    assert [line.partition(":")[0] for line in told.err.splitlines()] == [*bad]
    assert manifests.main([str(tmp_path / "nowhere")]) == 2


def test_a_request_that_names_and_sends_nothing_is_bad() -> None:
    with pytest.raises(BadRequest):
        Documents(learns=True, policy="off", trusted={}).text_of(asked())
