import { type Fetcher, type FetcherParams, createGraphiQLFetcher } from "@graphiql/toolkit";
import { type OperationDefinitionNode, parse } from "graphql";
import { createClient } from "graphql-sse";

const ENDPOINT = "/graphql";

/**
 * Sends what GraphiQL runs, with the access token unless the headers editor names another, and
 * shows every answer to `see`.
 */
export function fetcherFor(token: () => string | null, see: (answer: unknown) => void): Fetcher {
  const authorization = (): Record<string, string> => {
    const now = token();
    return now ? { authorization: `Bearer ${now}` } : {};
  };
  const send = createGraphiQLFetcher({
    url: ENDPOINT,
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      if (!headers.has("authorization")) {
        for (const [name, value] of Object.entries(authorization())) headers.set(name, value);
      }
      const response = await fetch(input, { ...init, headers });
      if (response.headers.get("content-type")?.includes("json")) {
        void response.clone().json().then(see, () => undefined);
      }
      return response;
    },
  });
  return (params, options) => {
    const meant = named(params);
    if (!isSubscription(meant)) return send(meant, options);
    // One connection for each subscription, closed with it; tried again only by who pressed Run.
    const headers = { ...authorization(), ...options?.headers };
    return createClient({ url: ENDPOINT, headers, retryAttempts: 0 }).iterate({
      query: meant.query,
      operationName: meant.operationName ?? undefined,
      variables: meant.variables as Record<string, unknown> | undefined,
    });
  };
}

/** For a moment after a tab is opened, GraphiQL still names the operation of the tab before. */
function named(params: FetcherParams): FetcherParams {
  const names = operationNames(params.query);
  if (!params.operationName || names.includes(params.operationName)) return params;
  return { ...params, operationName: names.length === 1 ? names[0] : undefined };
}

function operationNames(query: string): (string | undefined)[] {
  return operations(query).map((it) => it.name?.value);
}

function isSubscription(params: FetcherParams): boolean {
  const found = operations(params.query);
  const meant = found.find((it) => it.name?.value === params.operationName) ?? found[0];
  return meant?.operation === "subscription";
}

function operations(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter(
      (it): it is OperationDefinitionNode => it.kind === "OperationDefinition",
    );
  } catch {
    return [];
  }
}
