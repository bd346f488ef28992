// bookingChanged over server-sent events, seen by npm graphql-sse.
import { createClient } from "graphql-sse";
import { row, stage, within } from "./report.mjs";

const WATCH = "subscription ($id: ID!) { bookingChanged(id: $id) { id status } }";
const CANCEL =
  "mutation ($id: ID!) { cancelBooking(input: { bookingId: $id }) { __typename } }";
// Long enough to open a stream on a busy machine.
const SHORT_SECONDS = 5;

const watched = { query: WATCH, variables: { id: stage.booking } };
const clientWith = (token) =>
  createClient({
    url: stage.development,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
  });

async function post(url, body, headers = {}) {
  const all = { "content-type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", headers: all, body: JSON.stringify(body) });
  return response.json();
}

/** What a stream says until it completes: statuses, and codes of errors. */
async function seen(token, onFirst = () => {}) {
  const said = [];
  const read = async () => {
    for await (const { data, errors } of clientWith(token).iterate(watched)) {
      const { code, reason } = errors?.[0].extensions ?? {};
      said.push(data?.bookingChanged.status ?? [code, reason].filter(Boolean).join(" "));
      if (said.length === 1) await onFirst();
    }
    said.push("complete");
  };
  await within(30, read()).catch((problem) => said.push(problem.message));
  return said.join(" > ");
}

function judge(name, figure, wanted, matches) {
  row(name, figure, wanted, matches.test(figure));
}

const short = await post(`${stage.control}/cognito/token`, {
  email: stage.member.email,
  seconds: SHORT_SECONDS,
});
judge(
  "Subscription at its token's end: npm graphql-sse",
  await seen(short.AccessToken),
  "CONFIRMED > UNAUTHENTICATED expired > complete",
  /^CONFIRMED > UNAUTHENTICATED expired > complete$/,
);

const cancel = () =>
  post(stage.development, { query: CANCEL, variables: { id: stage.booking } }, {
    authorization: `Bearer ${stage.token}`,
  });
judge(
  "Subscription over SSE: npm graphql-sse",
  await seen(stage.token, cancel),
  "CONFIRMED > ... > CANCELLED > complete",
  /^CONFIRMED > (PENDING > )?CANCELLED > complete$/,
);

judge(
  "Subscription without a token",
  await seen(null),
  "UNAUTHENTICATED no_token > complete",
  /^UNAUTHENTICATED no_token > complete$/,
);
