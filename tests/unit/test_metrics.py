import re

from bff.metrics import Counter, Family, Histogram, Sample, exposition, gauge

# The text format's own grammar of a line, without time stamps.
_VALUE = r"(?:[-+]?[0-9.]+(?:e[-+]?[0-9]+)?|\+Inf|NaN)"
_LABEL = r'[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
LINE = re.compile(rf"[a-zA-Z_:][\w:]*(?:\{{{_LABEL}(?:,{_LABEL})*\}})? {_VALUE}")


def lines(*families: Family) -> list[str]:
    found = exposition(families).splitlines()
    for line in found:
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line), line
    return found


def test_a_counter_counts_by_its_labels() -> None:
    calls = Counter("calls_total", "Calls.")
    for outcome in ("good", "bad", "good"):
        calls.add(upstream="crm", outcome=outcome)
    assert lines(calls.family()) == [
        "# HELP calls_total Calls.",
        "# TYPE calls_total counter",
        'calls_total{outcome="bad",upstream="crm"} 1.0',
        'calls_total{outcome="good",upstream="crm"} 2.0',
    ]


def test_a_histogram_adds_up_to_its_count() -> None:
    seconds = Histogram("seconds", "Time.")
    for took in (0.004, 0.005, 0.3, 99):
        seconds.observe(took, upstream="crm")
    found = lines(seconds.family())
    assert 'seconds_bucket{upstream="crm",le="0.005"} 2.0' in found
    assert 'seconds_bucket{upstream="crm",le="0.25"} 2.0' in found
    assert 'seconds_bucket{upstream="crm",le="0.5"} 3.0' in found
    assert 'seconds_bucket{upstream="crm",le="+Inf"} 4.0' in found
    assert 'seconds_count{upstream="crm"} 4.0' in found
    assert 'seconds_sum{upstream="crm"} 99.309' in found


def test_a_gauge_without_labels_has_no_braces() -> None:
    assert lines(gauge("backlog", "Waiting.", [(3, {})]))[-1] == "backlog 3.0"


def test_no_label_breaks_out_of_its_quotes() -> None:
    odd = Family("odd", "gauge", "Two\nlines.", [Sample(1, (("by", 'a"b\\c\nd'),))])
    assert lines(odd) == [
        "# HELP odd Two\\nlines.",
        "# TYPE odd gauge",
        'odd{by="a\\"b\\\\c\\nd"} 1.0',
    ]
