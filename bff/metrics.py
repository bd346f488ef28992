"""Figures for Prometheus, and its text format (0.0.4).

Counted in this process alone, from its start; names and label values are ours, never a guest's or
an upstream's, so that there are only so many.
"""

import math
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Seconds. Our own answers take milliseconds, upstream calls are cut at five seconds.
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """`suffix` goes behind the family's name."""

    value: float
    labels: Labels = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """What is told under one name. Prometheus wants `_total` at the end of a counter's."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    text: str
    samples: Sequence[Sample]


def gauge(name: str, text: str, values: Iterable[tuple[float, Mapping[str, str]]]) -> Family:
    return Family(name, "gauge", text, [Sample(value, labels_of(by)) for value, by in values])


def labels_of(by: Mapping[str, str]) -> Labels:
    return tuple(sorted(by.items()))


class Counter:
    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text
        self._counts: Counts[Labels] = Counts()

    def add(self, **by: str) -> None:
        self._counts[labels_of(by)] += 1

    def family(self) -> Family:
        samples = [Sample(count, labels) for labels, count in sorted(self._counts.items())]
        return Family(self._name, "counter", self._text, samples)


@dataclass(slots=True)
class _Series:
    counts: list[int] = field(default_factory=lambda: [0] * (len(DURATIONS) + 1))
    total: float = 0.0


class Histogram:
    """Of durations in seconds."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text
        self._series: dict[Labels, _Series] = {}

    def observe(self, seconds: float, **by: str) -> None:
        series = self._series.setdefault(labels_of(by), _Series())
        series.counts[bisect_left(DURATIONS, seconds)] += 1
        series.total += seconds

    def family(self) -> Family:
        found = sorted(self._series.items())
        samples = [each for labels, series in found for each in _buckets(labels, series)]
        return Family(self._name, "histogram", self._text, samples)


def _buckets(labels: Labels, series: _Series) -> Iterator[Sample]:
    seen = 0
    for bound, count in zip((*DURATIONS, math.inf), series.counts, strict=True):
        seen += count
        yield Sample(seen, (*labels, ("le", _number(bound))), "_bucket")
    yield Sample(series.total, labels, "_sum")
    yield Sample(seen, labels, "_count")


def exposition(families: Iterable[Family]) -> str:
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.text)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels)
        braced = f"{{{labels}}}" if labels else ""
        yield f"{family.name}{sample.suffix}{braced} {_number(sample.value)}\n"


def _number(value: float) -> str:
    return "+Inf" if value == math.inf else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')
