// What npm aws-jwt-verify makes of each token, at the time it is told. Reads from stdin:
// { now, pool, client, graceSeconds, keys, tokens: name -> token }.
import { readFileSync } from "node:fs";
import { CognitoJwtVerifier } from "aws-jwt-verify";

const given = JSON.parse(readFileSync(0, "utf8"));
Date.now = () => given.now * 1000;

const verifier = CognitoJwtVerifier.create({
  userPoolId: given.pool,
  clientId: given.client,
  tokenUse: "access",
  graceSeconds: given.graceSeconds,
});
verifier.cacheJwks({ keys: given.keys });

function verdict(token) {
  try {
    verifier.verifySync(token);
    return "taken";
  } catch (refusal) {
    return refusal.constructor.name;
  }
}

const named = Object.entries(given.tokens).map(([name, token]) => [name, verdict(token)]);
console.log(JSON.stringify(Object.fromEntries(named)));
