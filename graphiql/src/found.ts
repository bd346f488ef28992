/**
 * Ids seen in answers, put where an example's variables still hold a blank such as "<slot id>":
 * running the examples from left to right needs no copying.
 */
const found = new Map<string, string>();

type Json = { [name: string]: Json } | Json[] | string | number | boolean | null | undefined;

export function see(answer: unknown): void {
  const data = at(answer as Json, "data");
  keep("<experience id>", first(at(data, "experiences", "edges"), "node", "id"));
  keep("<slot id>", slotOf(at(data, "experience", "availability", "slots")));
  for (const name of ["bookWithPoints", "bookWithCard", "confirmCardBooking"]) {
    keep("<booking id>", at(data, name, "booking", "id"));
  }
}

/** `variables` with every blank filled that can be. A key is new each time it is filled in. */
export function filled(variables: string): string {
  let text = variables.replaceAll("<new key>", newKey);
  for (const [blank, value] of found) text = text.replaceAll(blank, value);
  return text;
}

function keep(blank: string, value: Json): void {
  if (typeof value === "string") found.set(blank, value);
}

function at(value: Json, ...path: string[]): Json {
  let here: Json = value;
  for (const name of path) {
    if (here === null || typeof here !== "object" || Array.isArray(here)) return undefined;
    here = here[name];
  }
  return here;
}

function first(list: Json, ...path: string[]): Json {
  return Array.isArray(list) ? at(list[0], ...path) : undefined;
}

/** A slot that can be booked at once and has a price in points, if there is one. */
function slotOf(slots: Json): Json {
  if (!Array.isArray(slots)) return undefined;
  const best = slots.find((slot) => at(slot, "kind") === "INSTANT" && at(slot, "price", "points"));
  return at(best ?? slots[0], "id");
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
