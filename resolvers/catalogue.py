"""The public queries: which experiences there are."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

import strawberry

from bff.catalogue import model
from resolvers.connections import DEFAULT_FIRST, After, First, Key, page
from resolvers.context import Info
from resolvers.errors import BadInput
from resolvers.experiences import Experience, ExperienceConnection, ExperienceEdge
from resolvers.fields import resolved
from resolvers.ids import raw_id
from resolvers.loaders import Shelf

# Longer than any name that a guest would type, short enough to be matched against everything.
MAX_TEXT_LENGTH = 100

Kept = Callable[[model.Experience, model.Venue], bool]


@strawberry.input(description="Which experiences; what is absent or null does not matter.")
class ExperienceFilter:
    venue_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Only at these venues. An empty list counts as absent, unknown ids as no venue."
        ),
    )
    city: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only at venues in this city; case and accents do not matter.",
    )
    search: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Only with all these words in name, summary, description, venue or city; case and "
            "accents do not matter, parts of words are found too. 100 characters at most."
        ),
    )
    featured_only: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: only featured ones. False or null: all."
    )


FilterArgument = Annotated[
    ExperienceFilter | None, strawberry.argument(description="Null shows all experiences.")
]
ExperienceId = Annotated[strawberry.ID, strawberry.argument(description="An Experience's id.")]


@strawberry.type
class CatalogueQuery:
    @resolved(
        "Public: all experiences, featured or not, in the programme's own order. Served "
        "without a token and cacheable by a CDN.",
        size="first",
    )
    async def experiences(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = strawberry.UNSET,
        filter: FilterArgument = strawberry.UNSET,  # noqa: A002 - the contract's name
    ) -> ExperienceConnection:
        shelf = await info.context.loaders.shelf()
        found = _matching(shelf, filter or ExperienceFilter())
        part = page("experience", found, _key, first=first, after=after)
        info.context.loaders.budget.spend_rows(len(part.rows))
        edges = [
            ExperienceEdge(node=Experience.of(it, shelf.venues[it.venue_id]), cursor=cursor)
            for it, cursor in part.rows
        ]
        return ExperienceConnection(
            edges=edges, page_info=part.info, as_of=shelf.as_of, is_stale=shelf.is_stale
        )

    @resolved("Public: one experience; null when there is none of this id.")
    async def experience(
        self,
        info: Info,
        id: ExperienceId,  # noqa: A002 - the contract's name
    ) -> Experience | None:
        raw = raw_id(id, "Experience")
        return find_experience(await info.context.loaders.shelf(), raw)


def find_experience(shelf: Shelf, raw: str | None) -> Experience | None:
    it = shelf.experiences.get(raw) if raw is not None else None
    return Experience.of(it, shelf.venues[it.venue_id]) if it is not None else None


def _key(it: model.Experience) -> Key:
    return (it.sort_order, it.name, it.id)


def _matching(shelf: Shelf, wanted: ExperienceFilter) -> list[model.Experience]:
    tests = _tests(wanted)
    return [
        it
        for it in shelf.experiences.values()
        if all(test(it, shelf.venues[it.venue_id]) for test in tests)
    ]


def _tests(wanted: ExperienceFilter) -> list[Kept]:
    tests: list[Kept] = []
    if wanted.venue_ids:
        ids = {raw_id(it, "Venue") for it in wanted.venue_ids}
        tests.append(lambda _, venue: venue.id in ids)
    if wanted.city:
        city = _asked("city", wanted.city)
        tests.append(lambda _, venue: _known(venue.city or "") == city)
    if wanted.featured_only:
        tests.append(lambda it, _: it.is_featured)
    if wanted.search:
        words = _asked("search", wanted.search).split()
        tests.append(lambda it, venue: _holds(words, it, venue))
    return tests


def _holds(words: list[str], it: model.Experience, venue: model.Venue) -> bool:
    texts = (it.name, it.summary, it.description, venue.name, venue.city)
    heap = " ".join(_known(text) for text in texts if text)
    return all(word in heap for word in words)


def _asked(field: str, text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise BadInput(field, f"must be {MAX_TEXT_LENGTH} characters at most")
    return plain(text)


# The catalogue's texts are few and searched again and again; the guests' own are not kept.
@lru_cache(maxsize=2048)
def _known(text: str) -> str:
    return plain(text)


def plain(text: str) -> str:
    """Without case, accents and surrounding space."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(it for it in spread if not unicodedata.combining(it)).strip()
