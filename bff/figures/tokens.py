"""The tokens that upstreams have given us."""

import datetime as dt
from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from clients.tokens import TokenStats


def of_tokens(tokens: Mapping[str, TokenStats], now: dt.datetime) -> Iterator[Metric]:
    """`tokens` by upstream."""
    came = CounterMetricFamily(
        "bff_upstream_tokens",
        "Tokens by how this copy came to them: fetched, taken_over from another, or failed to.",
        labels=("upstream", "how"),
    )
    refused = CounterMetricFamily(
        "bff_upstream_tokens_refused",
        "Tokens that the upstream did not take till their end.",
        labels=("upstream",),
    )
    ages = GaugeMetricFamily(
        "bff_upstream_token_age_seconds",
        "Since the token in use was fetched.",
        labels=("upstream",),
    )
    for upstream, stats in tokens.items():
        for how in ("fetched", "taken_over", "failed"):
            came.add_metric((upstream, how), getattr(stats, how))
        refused.add_metric((upstream,), stats.refused)
        if stats.fetched_at is not None:
            ages.add_metric((upstream,), (now - stats.fetched_at).total_seconds())
    yield came
    yield refused
    yield ages
