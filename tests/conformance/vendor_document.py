"""The vendor's OpenAPI document as a judge of answers and requests.

The document is not part of this repository. It is looked for at SEVENROOMS_OPENAPI, and else in
`../shared/upstreams/` beside the repository; `load_or_skip` skips the test where it is at neither.

Rules of judgement:
* any field of an answer may be null, as the vendor warns, and below a null nothing is asked for;
* else every property that the document names must be there, at every depth, with its type;
* a request may only carry query parameters and form fields that are named, must carry those that
  are required, and their texts must parse as what they are declared to be.
"""

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

_NAME = "sevenrooms-concierge-2.4.openapi.json"
_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
_PARSES = {
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "boolean": re.compile(r"true|false"),
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORM = "application/x-www-form-urlencoded"


class Misfit(AssertionError):
    """An answer or a request does not fit the document; the text lists every reason."""


def find() -> Path | None:
    """Where the document is, or None."""
    named = os.environ.get("SEVENROOMS_OPENAPI")  # noqa: TID251 - a test's own setting
    if named:
        return Path(named)
    beside = Path(__file__).parents[2].parent / "shared" / "upstreams" / _NAME
    return beside if beside.is_file() else None


@functools.cache
def _read(path: Path) -> "VendorDocument":
    return VendorDocument(json.loads(path.read_text("utf-8")))


def load_or_skip() -> "VendorDocument":
    """The document, or a skipped test that says why."""
    path = find()
    if path is None:
        pytest.skip(
            "SevenRooms' OpenAPI document is not at hand, so bodies and requests are not compared "
            "with it; name it in SEVENROOMS_OPENAPI."
        )
    return _read(path)


@dataclass(frozen=True)
class Operation:
    """One method of one path template."""

    method: str
    template: str
    spec: Mapping[str, Any]


class VendorDocument:
    """Paths are without host and version: `/concierge/{concierge_id}/venues`."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._operations = list(self._read_operations())
        self._validators: dict[tuple[str, str, int], Any] = {}

    @classmethod
    def load(cls) -> "VendorDocument":
        """Errors: FileNotFoundError where the document is not at hand."""
        path = find()
        if path is None:
            raise FileNotFoundError(_NAME)
        return _read(path)

    def operation(self, method: str, path: str) -> Operation:
        """The operation that answers this path. Errors: Misfit for a path it does not name."""
        found = [each for each in self._operations if _fits(each, method, path)]
        if not found:
            raise Misfit(f"{method} {path} is not in the document")
        # A literal segment is closer than a placeholder.
        return min(found, key=lambda each: each.template.count("{"))

    def names(self, method: str, path: str) -> bool:
        return any(_fits(each, method, path) for each in self._operations)

    def check_response(self, method: str, path: str, status: int, body: Any) -> None:
        """`body` is the decoded JSON, None for an answer without content. Errors: Misfit."""
        operation = self.operation(method, path)
        response = operation.spec["responses"].get(str(status))
        if response is None:
            raise Misfit(f"{method} {operation.template} names no answer {status}")
        content = self._resolved(response).get("content")
        if not content:
            if body is not None:
                raise Misfit(f"{method} {operation.template} {status} has no body")
            return
        validator = self._validator(operation, status, content["application/json"]["schema"])
        reasons = [
            f"at {'.'.join(map(str, error.absolute_path)) or 'the top'}: {error.message[:300]}"
            for error in validator.iter_errors(body)
        ]
        _judge(f"{method} {operation.template} {status}", reasons)

    def check_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> None:
        """Errors: Misfit for an unknown path, field, missing field or unreadable text."""
        operation = self.operation(method, path)
        parameters = {
            each["name"]: each
            for each in map(self._resolved, operation.spec.get("parameters", ()))
            if each["in"] == "query"
        }
        required = {name for name, each in parameters.items() if each.get("required")}
        schemas = {name: each.get("schema", {}) for name, each in parameters.items()}
        reasons = [
            *self._misfits("query parameter", dict(query or {}), schemas, required),
            *self._form_misfits(operation, dict(form or {})),
        ]
        _judge(f"{method} {operation.template}", reasons)

    def _form_misfits(self, operation: Operation, form: dict[str, str]) -> list[str]:
        body = operation.spec.get("requestBody")
        if body is None:
            return [f"it takes no form, but got {sorted(form)}"] if form else []
        schema = self._resolved(self._resolved(body)["content"][_FORM]["schema"])
        required = set(schema.get("required", ()))
        return self._misfits("form field", form, schema.get("properties", {}), required)

    def _misfits(
        self, kind: str, sent: dict[str, str], schemas: Mapping[str, Any], required: set[str]
    ) -> list[str]:
        return [
            *(f"unknown {kind} {name}" for name in sorted(set(sent) - set(schemas))),
            *(f"missing {kind} {name}" for name in sorted(required - set(sent))),
            *(
                f"{kind} {name} does not parse: {value!r}"
                for name, value in sent.items()
                if name in schemas and not _parses(value, self._resolved(schemas[name]))
            ),
        ]

    def _validator(self, operation: Operation, status: int, schema: Any) -> Any:
        key = (operation.method, operation.template, status)
        if key not in self._validators:
            self._validators[key] = jsonschema.Draft202012Validator(self._strict(schema))
        return self._validators[key]

    def _strict(self, schema: Any) -> dict[str, Any]:
        """Every property nullable, and every property required."""
        schema = self._resolved(schema)
        properties = schema.get("properties")
        kind = schema.get("type", "object" if properties else None)
        strict: dict[str, Any] = {}
        if kind in _TYPES:
            strict["type"] = [kind, "null"] if kind != "null" else "null"
        if properties:
            strict["properties"] = {name: self._strict(each) for name, each in properties.items()}
            strict["required"] = sorted(properties)
        for name in ("items", "additionalProperties"):
            if isinstance(schema.get(name), Mapping):
                strict[name] = self._strict(schema[name])
        if "enum" in schema:
            strict["enum"] = [*schema["enum"], None]
        return strict

    def _resolved(self, node: Any) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return dict(node)

    def _read_operations(self) -> Iterator[Operation]:
        for template, methods in self._document["paths"].items():
            for method, spec in methods.items():
                if isinstance(spec, Mapping) and "responses" in spec:
                    yield Operation(method.upper(), template, spec)


def _fits(operation: Operation, method: str, path: str) -> bool:
    parts = re.split(r"\{[^}]+\}", operation.template)
    pattern = "[^/]+".join(map(re.escape, parts))
    return operation.method == method.upper() and re.fullmatch(pattern, path) is not None


def _parses(value: str, schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    pattern = _PARSES.get(str(kind)) or (_DATE if schema.get("format") == "date" else None)
    if pattern is not None and not pattern.fullmatch(value):
        return False
    if kind in {"integer", "number"}:
        number = float(value)
        return bool(schema.get("minimum", number) <= number <= schema.get("maximum", number))
    return "enum" not in schema or value in schema["enum"]


def _judge(what: str, reasons: list[str]) -> None:
    if reasons:
        raise Misfit(f"{what} does not fit the document:\n  " + "\n  ".join(reasons))
