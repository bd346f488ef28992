"""Parameters as Stripe's libraries send them: form-encoded, nested by brackets."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import invalid_parameter

Params = dict[str, Any]

_NAME_PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)

# docs.stripe.com/api/metadata
MOST_METADATA_KEYS = 50
LONGEST_METADATA_KEY = 40
LONGEST_METADATA_VALUE = 500


def pairs_of(encoded: bytes) -> list[tuple[str, str]]:
    text = encoded.decode("utf-8", errors="replace")
    return parse_qsl(text, keep_blank_values=True)


def nested(pairs: list[tuple[str, str]]) -> Params:
    """`a[b]=1` becomes {"a": {"b": "1"}}; `a[]=1` and `a[0]=1` become {"a": {"0": "1"}}."""
    tree: Params = {}
    for name, value in pairs:
        parts = _NAME_PART.findall(name) or [name]
        place = tree
        for part in parts[:-1]:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                raise invalid_parameter("Invalid hash", part)
            place = inner
        place[parts[-1] or str(len(place))] = value
    return tree


def check_names(params: Params, known: frozenset[str]) -> None:
    unknown = [name for name in params if name not in known]
    if unknown:
        kind = "parameter" if len(unknown) == 1 else "parameters"
        message = f"Received unknown {kind}: {', '.join(unknown)}"
        raise invalid_parameter(message, unknown[0], "parameter_unknown")


def require(params: Params, *names: str) -> None:
    for name in names:
        if name not in params:
            raise invalid_parameter(f"Missing required param: {name}.", name, "parameter_missing")


def text(params: Params, name: str) -> str | None:
    """A text parameter; None when absent. An empty one is refused: it would mean "unset"."""
    value = params.get(name)
    if value is None:
        return None
    if isinstance(value, dict):
        raise invalid_parameter(f"Invalid string: {value}", name)
    if value == "":
        message = (
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{name}' cannot be unset. You should remove '{name}' "
            "from your request or supply a non-empty value."
        )
        raise invalid_parameter(message, name, "parameter_invalid_empty")
    return str(value)


def choice(params: Params, name: str, options: tuple[str, ...]) -> str | None:
    value = text(params, name)
    if value is not None and value not in options:
        one_of = f"{', '.join(options[:-1])}, or {options[-1]}"
        raise invalid_parameter(f"Invalid {name}: must be one of {one_of}", name)
    return value


def integer(params: Params, name: str, least: int = 1) -> int | None:
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise invalid_parameter(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    if int(value) < least:
        message = f"This value must be greater than or equal to {least}."
        raise invalid_parameter(message, name, "parameter_invalid_integer")
    return int(value)


def boolean(params: Params, name: str) -> bool:
    value = params.get(name, "false")
    if value not in ("true", "false"):
        raise invalid_parameter(f"Invalid boolean: {value}", name)
    return bool(value == "true")


def hash_of(params: Params, name: str) -> Params | None:
    value = params.get(name)
    if value is not None and not isinstance(value, dict):
        raise invalid_parameter("Invalid hash", name)
    return value


def items_of(params: Params, name: str) -> list[str]:
    value = params.get(name, {})
    if not isinstance(value, dict):
        raise invalid_parameter("Invalid array", name)
    return [str(item) for item in value.values()]


def merged_metadata(old: Mapping[str, str], params: Params) -> dict[str, str]:
    """Old keys stay; an empty value takes a key away, an empty `metadata` all of them."""
    if params.get("metadata") == "":
        return {}
    given = hash_of(params, "metadata") or {}
    for key, value in given.items():
        _check_metadata(key, value)
    merged = {key: value for key, value in {**old, **given}.items() if value != ""}
    if len(merged) > MOST_METADATA_KEYS:
        message = f"Metadata can have up to {MOST_METADATA_KEYS} keys."
        raise invalid_parameter(message, "metadata")
    return merged


def _check_metadata(key: str, value: object) -> None:
    if not isinstance(value, str):
        raise invalid_parameter("Metadata values must be strings", f"metadata[{key}]")
    if len(key) > LONGEST_METADATA_KEY:
        message = f"Metadata keys can have up to {LONGEST_METADATA_KEY} characters."
        raise invalid_parameter(message, f"metadata[{key}]")
    if len(value) > LONGEST_METADATA_VALUE:
        message = f"Metadata values can have up to {LONGEST_METADATA_VALUE} characters."
        raise invalid_parameter(message, f"metadata[{key}]")
