/** Who is signed in. Kept for this browser tab only, so that a reload does not sign out. */
export type Session = { accessToken: string; expiresAt: string; name: string; email: string };

const KEY = "como-club-session";
const ENDPOINT = "/graphql";

const SIGN_IN = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    __typename
    ... on Session { accessToken expiresAt member { firstName lastName email } }
    ... on UserError { message }
  }
}`;

type Answer = {
  data?: {
    signIn?:
      | {
          __typename: "Session";
          accessToken: string;
          expiresAt: string;
          member: { firstName: string; lastName: string; email: string };
        }
      | { __typename: "Refusal"; message: string };
  } | null;
  errors?: { message: string }[];
};

/** Errors: Error, whose message is for the one who signs in. */
export async function signIn(email: string, password: string): Promise<Session> {
  const answer = await ask({ email, password });
  const result = answer.data?.signIn;
  if (result?.__typename === "Session") {
    const { firstName, lastName, email: theirs } = result.member;
    const { accessToken, expiresAt } = result;
    return { accessToken, expiresAt, email: theirs, name: `${firstName} ${lastName}`.trim() };
  }
  throw new Error(result?.message ?? answer.errors?.[0]?.message ?? "The API gave no answer.");
}

async function ask(input: { email: string; password: string }): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(ENDPOINT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ operationName: "SignIn", query: SIGN_IN, variables: { input } }),
    });
  } catch {
    throw new Error("The API cannot be reached.");
  }
  try {
    return (await response.json()) as Answer;
  } catch {
    throw new Error(`The API answered ${response.status}.`);
  }
}

export function restored(): Session | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Session | null;
    return kept && !isOver(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function keep(session: Session | null): void {
  if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
  else sessionStorage.removeItem(KEY);
}

export function isOver(session: Session): boolean {
  return Date.parse(session.expiresAt) <= Date.now();
}
