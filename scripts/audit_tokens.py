"""One table of tokens, judged by us and by npm aws-jwt-verify, and signatures forged by experts."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from audit_stage import Row, Stage
from cryptography.hazmat.primitives.asymmetric import rsa
from npm_packages import needed
from run import ROOT

sys.path.insert(0, str(ROOT))

from bff.auth.keys import KeyRing
from bff.auth.refusals import TokenRefused
from bff.auth.verifier import Verifier
from tests.security.forged_signatures import (
    forged_by_a_cube_root,
    forged_signatures,
)
from tests.security.forged_tokens import FORGED, GOOD, SECONDS
from tests.token_forge import (
    CLIENT_ID,
    ISSUER,
    KID,
    POLICY,
    FixedClock,
    b64,
    claims,
    jwk,
    private_key,
    token,
)

TAKEN = "taken"
CUBE_KEY = "a-key-of-exponent-3"
# What we refuse and the library takes, and why we are right to. Whatever else differs is a finding.
STRICTER = {
    "a header that asks for rules or keys which Cognito never uses; RFC 7515 has `crit` refused": (
        *("crit", "unknown crit", "b64 false", "b64 false and crit"),
        *("jku", "x5u", "x5c", "zip"),
    ),
    "a name that stands twice is read by each reader as it likes": (
        *("header twice alg", "sub twice", "exp twice"),
    ),
    "without both times nothing is known of its life": ("no exp", "no iat"),
    "it was made by a clock that is not the pool's": ("iat in the future",),
    "it was over before it was made": ("iat after exp",),
    "Cognito makes none that lives longer than a day": (
        *("exp 1e300", "iat -1e300", "lives a year"),
    ),
    "who is asking is not said, or not in one readable line": (
        *("no sub", "empty sub", "huge sub", "sub with a line break", "sub half a character"),
        "no username",
    ),
    "RFC 7515 knows one spelling, without padding": ("padded signature",),
    "eight kilobytes are several times Cognito's largest": ("huge",),
}


def tokens(_stage: Stage) -> Iterable[Row]:
    cube, by_cube = _cube()
    keys = [jwk(), jwk("other-key"), cube]
    table = {name: token(**parts) for name, parts in GOOD.items()}
    table |= {name: forge() for name, (forge, _) in FORGED.items()}
    forged = {"by a cube root": by_cube, **_with_forged_signatures()}
    ours = asyncio.run(_ours(keys, {**table, **forged}))
    theirs = _theirs(keys, {**table, **forged})
    yield _compared(table, ours, theirs)
    taken = [[name for name in forged if said[name] == TAKEN] for said in (ours, theirs)]
    yield Row(
        name="Forged RS256 signatures accepted",
        figure=f"{len(taken[0])} of {len(forged)} (aws-jwt-verify: {len(taken[1])})",
        wanted="0 of 240 or more",
        fine=not taken[0] and len(forged) >= 240,  # noqa: PLR2004 - as many as Wycheproof has
        detail=", ".join(taken[0]),
    )


def _compared(table: Iterable[str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> Row:
    differ = {name for name in table if (ours[name] == TAKEN) != (theirs[name] == TAKEN)}
    explained = {name for names in STRICTER.values() for name in names}
    laxer = {name for name in differ if ours[name] == TAKEN}
    wrong = (differ ^ explained) | laxer | {name for name in GOOD if ours[name] != TAKEN}
    alike = len(ours.keys() & set(table)) - len(differ)
    return Row(
        name="Tokens judged by us and by aws-jwt-verify",
        figure=f"{alike} alike, {len(differ - laxer)} stricter, {len(laxer)} laxer",
        wanted=f"none laxer, the {len(explained)} stricter ones explained",
        fine=not wrong,
        detail="; ".join(f"{name}: {ours[name]}, {theirs[name]}" for name in sorted(wrong)),
    )


def _with_forged_signatures() -> dict[str, str]:
    text = token().rpartition(".")[0]
    forged = forged_signatures(private_key(KID), text.encode())
    return {f"signature: {name}": f"{text}.{b64(signature)}" for name, signature in forged}


def _cube() -> tuple[dict[str, Any], str]:
    """A key of the exponent 3, and a token that whoever does not have it has signed."""
    numbers = rsa.generate_private_key(3, 2048).public_key().public_numbers()
    text = token(header={"kid": CUBE_KEY, "alg": "RS256"}, body=claims()).rpartition(".")[0]
    entry = jwk(CUBE_KEY, n=b64(numbers.n.to_bytes(256, "big")), e="Aw")
    return entry, f"{text}.{b64(forged_by_a_cube_root(text.encode()))}"


async def _ours(keys: list[Any], table: Mapping[str, str]) -> dict[str, str]:
    async def fetch() -> list[Any]:
        return keys

    clock = FixedClock()
    verifier = Verifier(POLICY, KeyRing(fetch, clock), clock)

    async def verdict(text: str) -> str:
        try:
            await verifier.verify(text)
        except TokenRefused as refusal:
            return type(refusal).__name__
        return TAKEN

    return {name: await verdict(text) for name, text in table.items()}


def _theirs(keys: list[Any], table: Mapping[str, str]) -> dict[str, str]:
    given = {
        "now": SECONDS,
        "pool": ISSUER.rpartition("/")[2],
        "client": CLIENT_ID,
        "graceSeconds": POLICY.leeway_seconds,
        "keys": keys,
        "tokens": table,
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [needed("node"), "tokens.mjs"],
        cwd=ROOT / "audit",
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found
