"""Access tokens, forged, broken or merely odd, and how each is to be judged at `NOW`."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization

from bff.auth import refusals
from bff.auth.refusals import TokenRefused
from tests.token_forge import KID, NOW, POLICY, b64, claims, jwk, private_key, raw_claims, token

SECONDS = int(NOW.timestamp())


def head(**changes: Any) -> dict[str, Any]:
    members = {"kid": KID, "alg": "RS256"} | changes
    return {name: value for name, value in members.items() if value is not None}


def unsigned(alg: str) -> str:
    signed = token(header=head(alg=alg))
    return signed.rsplit(".", 1)[0] + "."


def hmac_signed(encoding: serialization.Encoding) -> str:
    """The old trick: the public key's bytes as an HMAC secret."""
    public = private_key(KID).public_key()
    secret = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    content = token(header=head(alg="HS256")).rsplit(".", 1)[0]
    return f"{content}.{b64(hmac.digest(secret, content.encode(), hashlib.sha256))}"


def altered(part: int, change: Callable[[str], str]) -> str:
    parts = token().split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


def swapped_claims() -> str:
    """A good token's header and signature around other claims."""
    mine, other = token().split("."), token(claims(sub="somebody-else")).split(".")
    return f"{mine[0]}.{other[1]}.{mine[2]}"


FORGED: dict[str, tuple[Callable[[], str], type[TokenRefused]]] = {
    # the algorithm
    "alg none without signature": (lambda: unsigned("none"), refusals.NotAToken),
    "alg none with a signature": (lambda: token(header=head(alg="none")), refusals.WrongAlgorithm),
    "alg NonE": (lambda: token(header=head(alg="NonE")), refusals.WrongAlgorithm),
    "HS256 with the public key as PEM": (
        lambda: hmac_signed(serialization.Encoding.PEM),
        refusals.WrongAlgorithm,
    ),
    "HS256 with the public key as DER": (
        lambda: hmac_signed(serialization.Encoding.DER),
        refusals.WrongAlgorithm,
    ),
    "RS512 in the header": (lambda: token(header=head(alg="RS512")), refusals.WrongAlgorithm),
    "alg rs256": (lambda: token(header=head(alg="rs256")), refusals.WrongAlgorithm),
    "no alg": (lambda: token(header=head(alg=None)), refusals.WrongAlgorithm),
    "alg a list": (lambda: token(header=head(alg=["RS256"])), refusals.WrongAlgorithm),
    # the key
    "another known key's id": (lambda: token(header=head(kid="other-key")), refusals.BadSignature),
    "unknown kid": (lambda: token(header=head(kid="nobody")), refusals.UnknownKey),
    "no kid": (lambda: token(header=head(kid=None)), refusals.BadKeyId),
    "empty kid": (lambda: token(header=head(kid="")), refusals.BadKeyId),
    "kid a number": (lambda: token(header=head(kid=1)), refusals.BadKeyId),
    "kid a list": (lambda: token(header=head(kid=[KID])), refusals.BadKeyId),
    "huge kid": (lambda: token(header=head(kid="k" * 300)), refusals.BadKeyId),
    "kid a path": (lambda: token(header=head(kid="../../dev/null")), refusals.UnknownKey),
    "a stranger's key under our kid": (lambda: token(signer="stranger"), refusals.BadSignature),
    # the header
    "crit": (
        lambda: token(header=head(crit=["exp"])),
        refusals.UnsafeHeader,
    ),
    "unknown crit": (lambda: token(header=head(crit=["x"], x=1)), refusals.UnsafeHeader),
    "b64 false": (lambda: token(header=head(b64=False)), refusals.UnsafeHeader),
    "b64 false and crit": (
        lambda: token(header=head(b64=False, crit=["b64"])),
        refusals.UnsafeHeader,
    ),
    "own key in jwk": (
        lambda: token(header=head(jwk=jwk("stranger")), signer="stranger"),
        refusals.UnsafeHeader,
    ),
    "jku": (lambda: token(header=head(jku="https://evil.example")), refusals.UnsafeHeader),
    "x5u": (lambda: token(header=head(x5u="https://evil.example")), refusals.UnsafeHeader),
    "x5c": (lambda: token(header=head(x5c=["AAAA"])), refusals.UnsafeHeader),
    "zip": (lambda: token(header=head(zip="DEF")), refusals.UnsafeHeader),
    "header twice alg": (
        lambda: token(header='{"kid":"access-key","alg":"none","alg":"RS256"}'),
        refusals.NotAToken,
    ),
    "header a list": (lambda: token(header='["RS256"]'), refusals.NotAToken),
    "header null": (lambda: token(header="null"), refusals.NotAToken),
    # times
    "expired": (lambda: token(claims(iat=SECONDS - 90, exp=SECONDS - 6)), refusals.Expired),
    "no exp": (lambda: token(claims(exp=None)), refusals.BadTime),
    "exp null": (lambda: token(raw_claims(exp="null")), refusals.BadTime),
    "exp as text": (lambda: token(claims(exp=str(SECONDS + 60))), refusals.BadTime),
    "exp true": (lambda: token(claims(exp=True)), refusals.BadTime),
    "exp a list": (lambda: token(claims(exp=[SECONDS + 60])), refusals.BadTime),
    "exp 1e400": (lambda: token(raw_claims(exp="1e400")), refusals.BadTime),
    "exp -1e400": (lambda: token(raw_claims(exp="-1e400")), refusals.BadTime),
    "exp NaN": (lambda: token(raw_claims(exp="NaN")), refusals.NotAToken),
    "exp Infinity": (lambda: token(raw_claims(exp="Infinity")), refusals.NotAToken),
    "exp of 400 digits": (lambda: token(raw_claims(exp="9" * 400)), refusals.NotAToken),
    "exp of 5000 digits": (lambda: token(raw_claims(exp="9" * 5000)), refusals.NotAToken),
    "exp 1e300": (lambda: token(raw_claims(exp="1e300")), refusals.LivesTooLong),
    "no iat": (lambda: token(claims(iat=None)), refusals.BadTime),
    "iat as text": (lambda: token(claims(iat=str(SECONDS))), refusals.BadTime),
    "iat in the future": (
        lambda: token(claims(iat=SECONDS + 60, exp=SECONDS + 600)),
        refusals.FromTheFuture,
    ),
    "iat -1e300": (lambda: token(raw_claims(iat="-1e300")), refusals.LivesTooLong),
    "iat after exp": (lambda: token(claims(iat=SECONDS + 4, exp=SECONDS + 1)), refusals.BadTime),
    "nbf in the future": (lambda: token(claims(nbf=SECONDS + 60)), refusals.NotYetValid),
    "nbf as text": (lambda: token(claims(nbf="0")), refusals.BadTime),
    "nbf false": (lambda: token(claims(nbf=False)), refusals.BadTime),
    "lives a year": (lambda: token(claims(exp=SECONDS + 31_536_000)), refusals.LivesTooLong),
    # who and for whom
    "no iss": (lambda: token(claims(iss=None)), refusals.WrongIssuer),
    "another pool": (lambda: token(claims(iss="https://evil.example")), refusals.WrongIssuer),
    "issuer with a slash": (lambda: token(claims(iss=POLICY.issuer + "/")), refusals.WrongIssuer),
    "iss a list": (lambda: token(claims(iss=[POLICY.issuer])), refusals.WrongIssuer),
    "id token": (
        lambda: token(claims(token_use="id", client_id=None, aud="app-client")),
        refusals.WrongUse,
    ),
    "no token_use": (lambda: token(claims(token_use=None)), refusals.WrongUse),
    "no client": (lambda: token(claims(client_id=None)), refusals.MissingClaim),
    "another client": (lambda: token(claims(client_id="other-app")), refusals.WrongClient),
    "client a list": (lambda: token(claims(client_id=["app-client"])), refusals.MissingClaim),
    "only aud": (
        lambda: token(claims(client_id=None, aud="app-client")),
        refusals.MissingClaim,
    ),
    "no sub": (lambda: token(claims(sub=None)), refusals.MissingClaim),
    "empty sub": (lambda: token(claims(sub="")), refusals.MissingClaim),
    "sub a number": (lambda: token(claims(sub=1)), refusals.MissingClaim),
    "huge sub": (lambda: token(claims(sub="s" * 129)), refusals.MissingClaim),
    "sub with a line break": (lambda: token(claims(sub="a\nb")), refusals.MissingClaim),
    "sub half a character": (lambda: token(raw_claims(sub='"\\ud800"')), refusals.MissingClaim),
    "no username": (lambda: token(claims(username=None)), refusals.MissingClaim),
    "sub twice": (
        lambda: token(raw_claims(sub='"a","sub":"b"')),
        refusals.NotAToken,
    ),
    "exp twice": (lambda: token(raw_claims(exp=f'1,"exp":{SECONDS + 60}')), refusals.NotAToken),
    # the text itself
    "empty": (lambda: "", refusals.NotAToken),
    "dots": (lambda: "..", refusals.NotAToken),
    "one segment": (lambda: b64(b"{}"), refusals.NotAToken),
    "four segments": (lambda: token() + ".AAAA", refusals.NotAToken),
    "a segment before": (lambda: "AAAA." + token(), refusals.NotAToken),
    "truncated": (lambda: token()[:-2], refusals.BadSignature),
    "without signature": (lambda: altered(2, lambda _: ""), refusals.NotAToken),
    "padded signature": (lambda: token() + "==", refusals.NotAToken),
    "characters base64 skips": (lambda: altered(2, lambda text: text + "!"), refusals.NotAToken),
    "a blank in front": (lambda: " " + token(), refusals.NotAToken),
    "a line break behind": (lambda: token() + "\n", refusals.NotAToken),
    "standard base64": (lambda: altered(2, lambda _: "ab+/"), refusals.NotAToken),
    "unused bits set": (lambda: altered(2, lambda _: "AB"), refusals.NotAToken),
    "impossible length": (lambda: altered(2, lambda _: "AAAAA"), refusals.NotAToken),
    "signature of zeros": (lambda: altered(2, lambda _: b64(bytes(256))), refusals.BadSignature),
    "short signature": (lambda: altered(2, lambda _: "AAAA"), refusals.BadSignature),
    "other claims": (swapped_claims, refusals.BadSignature),
    "claims a list": (lambda: token("[]"), refusals.NotAToken),
    "claims a token": (lambda: token(token()), refusals.NotAToken),
    "claims inside claims": (lambda: token({"claims": claims()}), refusals.WrongIssuer),
    "claims as text in JSON": (lambda: token('"' + "x" * 10 + '"'), refusals.NotAToken),
    "claims no JSON": (lambda: token("{exp:1}"), refusals.NotAToken),
    "claims in UTF-16": (lambda: token(raw_claims().encode("utf-16")), refusals.NotAToken),
    "claims no UTF-8": (lambda: token(b'{"sub":"\xff"}'), refusals.NotAToken),
    "nested too deep": (lambda: token("[" * 5000), refusals.NotAToken),
    "huge": (lambda: token(claims(note="x" * 9000)), refusals.TooLarge),
    "letters of another script": (lambda: "\u0435yJ" + token()[3:], refusals.NotAToken),
    "fullwidth dots": (lambda: token().replace(".", "\uff0e"), refusals.NotAToken),
    "half a character": (lambda: "\ud800" + token(), refusals.NotAToken),
    "a zero byte": (lambda: token() + "\0", refusals.NotAToken),
}


GOOD: dict[str, dict[str, Any]] = {
    "as Cognito makes them": {},
    "typ JWT": {"header": head(typ="JWT")},
    "typ at+jwt": {"header": head(typ="at+jwt")},
    "expired within the leeway": {"body": claims(exp=SECONDS - 4)},
    "a clock slightly ahead": {"body": claims(iat=SECONDS + 4)},
    "nbf now": {"body": claims(nbf=SECONDS)},
    "fractions of seconds": {"body": claims(iat=SECONDS - 60.5, exp=SECONDS + 60.5)},
    "a name beyond ASCII": {"body": claims(username="José")},
    "a day long": {"body": claims(exp=SECONDS + 24 * 3600 - 60)},
}
