// Automatic persisted queries as Apollo Client and urql speak them: the hash first and by GET, the
// text only when it is asked for, and from then on the hash alone.
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { row, stage, within } from "./report.mjs";

// A document of its own for each client and run, so that nobody taught it to the server before.
const mark = `Audit${Date.now()}`;
const document = (name) =>
  `query ${name}${mark}($first: Int) { experiences(first: $first) { edges { node { id name } } } }`;
const sha256 = async (text) => createHash("sha256").update(text).digest("hex");

function recorded() {
  const sent = [];
  const send = async (input, init) => {
    const method = init?.method ?? "GET";
    const text = method === "GET" ? decodeURIComponent(String(input)) : String(init.body);
    const response = await fetch(input, init);
    sent.push({ method, hash: text.includes("sha256Hash"), text: text.includes("experiences(") });
    return response;
  };
  return { sent, send };
}

const story = (sent) =>
  sent.map((it) => `${it.method} ${[it.hash && "hash", it.text && "text"].filter(Boolean).join("+")}`).join(", ");

async function judge(name, ask) {
  const { sent, send } = recorded();
  let figure;
  try {
    const counts = await within(20, ask(send));
    figure = `${story(sent)}: ${counts.join(" and ")} rows`;
  } catch (problem) {
    figure = `${story(sent)}: ${problem.message}`;
  }
  const wanted = /^GET hash, (GET|POST) hash\+text, GET hash: 3 and 3 rows$/;
  row(name, figure, "GET hash, then hash+text, then GET hash", wanted.test(figure));
}

await judge("Persisted query: Apollo Client", async (send) => {
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(
    new HttpLink({ uri: stage.production, fetch: send }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = gql(document("Apollo"));
  const counts = [];
  for (let time = 0; time < 2; time += 1) {
    const { data } = await client.query({ query, variables: { first: 3 }, fetchPolicy: "network-only" });
    counts.push(data.experiences.edges.length);
  }
  return counts;
});

await judge("Persisted query: urql", async (send) => {
  const client = new Client({
    url: stage.production,
    fetch: send,
    preferGetMethod: false,
    exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
  });
  const counts = [];
  for (let time = 0; time < 2; time += 1) {
    const { data, error } = await client.query(document("Urql"), { first: 3 }, { requestPolicy: "network-only" });
    if (error) throw error;
    counts.push(data.experiences.edges.length);
  }
  return counts;
});

/** What the server makes of an operation that is named, and of one that is sent: error codes. */
async function answered(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()).errors?.map((it) => it.extensions.code) ?? [];
}

const named = (id) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: id } } });

async function known(url) {
  const codes = [];
  for (const { id, name } of stage.operations) {
    codes.push(await answered(url, { operationName: name, variables: {}, ...named(id) }));
  }
  // Variables are missing, which is told only once the document was found.
  return codes.filter((it) => !it.some((code) => code.startsWith("PERSISTED"))).length;
}

const all = stage.operations.length;
const allowed = await known(stage.production);
row("Trusted documents, Apollo's manifest, by id", `${allowed} of ${all}`, "all", allowed === all && all > 0);

const required = await known(stage.strict);
const text = "{ experiences(first: 1) { edges { cursor } } }";
const hash = await sha256(text);
const others = [
  await answered(stage.strict, { query: text }),
  await answered(stage.strict, named(hash)),
  await answered(stage.strict, { query: text, ...named(hash) }),
].flat();
const refused = ["FORBIDDEN", "PERSISTED_QUERY_NOT_IN_LIST", "FORBIDDEN"];
row(
  "Trusted documents required, plain manifest; others",
  `${required} of ${all}; ${others.join(", ")}`,
  `all; ${refused.join(", ")}`,
  required === all && others.join() === refused.join(),
);
