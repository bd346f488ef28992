// bookingChanged over server-sent events, seen by npm graphql-sse.
import { createClient } from "graphql-sse";
import { row, stage, within } from "./report.mjs";

const WATCH = "subscription ($id: ID!) { bookingChanged(id: $id) { id status } }";
const CANCEL =
  "mutation ($id: ID!) { cancelBooking(input: { bookingId: $id }) { __typename } }";

const headers = { authorization: `Bearer ${stage.token}` };
const client = createClient({ url: stage.development, headers, retryAttempts: 0 });
const seen = [];

async function ask(query, variables) {
  const response = await fetch(stage.development, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

async function watch() {
  for await (const { data, errors } of client.iterate({
    query: WATCH,
    variables: { id: stage.booking },
  })) {
    if (errors) throw new Error(errors[0].message);
    seen.push(data.bookingChanged.status);
    if (seen.length === 1) await ask(CANCEL, { id: stage.booking });
  }
}

await within(30, watch()).catch((problem) => seen.push(problem.message));
const [first, last] = [seen[0], seen.at(-1)];
row(
  "Subscription over SSE: npm graphql-sse",
  seen.join(" > "),
  "CONFIRMED > ... > CANCELLED, then complete",
  first === "CONFIRMED" && last === "CANCELLED",
);

const strangers = createClient({ url: stage.development, retryAttempts: 0 });
const answer = await within(
  10,
  strangers.iterate({ query: WATCH, variables: { id: stage.booking } }).next(),
);
const code = answer.value?.errors?.[0]?.extensions?.code;
row("Subscription without a token", code, "UNAUTHENTICATED", code === "UNAUTHENTICATED");
