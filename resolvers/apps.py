"""Which app sent a request, and which version of it: Apollo's client awareness headers.

Both are what the caller writes, and both become labels of figures. So only the apps that the
settings name are told by name, and a version must look like one: anything else is "other".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers

NAME_HEADER = "apollographql-client-name"
VERSION_HEADER = "apollographql-client-version"
OTHER = "other"
# "4.12.0", "4.12.0-rc.1", "4.12.0+318"; no room for a telephone number.
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,5}){0,3}(?:-(?:alpha|beta|rc)\.?\d{0,3})?(?:\+\d{1,6})?")
# Versions in use at a time are a dozen; a figure for each is kept until the process ends.
MOST_VERSIONS = 50


@dataclass(frozen=True, slots=True)
class App:
    name: str = OTHER
    version: str = OTHER


UNKNOWN = App()


class Apps:
    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._known: dict[tuple[str, str], App] = {}

    def of(self, headers: Headers) -> App:
        name = headers.get(NAME_HEADER, "")
        if name not in self._names:
            return UNKNOWN
        version = headers.get(VERSION_HEADER, "")
        return self._known.get((name, version)) or self._met(name, version)

    def _met(self, name: str, version: str) -> App:
        full = sum(known.name == name for known in self._known.values()) >= MOST_VERSIONS
        if full or not _VERSION.fullmatch(version):
            return App(name)
        return self._known.setdefault((name, version), App(name, version))
