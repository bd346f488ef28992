"""Prints the saga as a Mermaid state diagram, or with --write puts it into docs/booking.md.

The rows come from the table itself; what its steps can do besides stands in `TURNS`.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bff.booking import policy  # noqa: E402 - the path must be there first
from bff.booking.model import Point  # noqa: E402
from bff.booking.saga import SAGA, Row  # noqa: E402

PAGE = ROOT / "docs" / "booking.md"
BEGIN, END = "<!-- saga: begin -->\n", "<!-- saga: end -->\n"

Edge = tuple[Point, Point]

# From all of policy.FORWARD; drawn once, from the frame around them.
OUT_OF_FORWARD = "refused, out of time, or the guest cancels"
TURNS: dict[Edge, str] = {
    (Point.HELD, Point.ACCEPTED): "the hold has lapsed",
    (Point.BOOKED, Point.UNDOING): "capture refused, or the guest cancels",
    (Point.CONFIRMED, Point.UNDOING): "the guest cancels",
    (Point.CONFIRMED, Point.RETURNING): "the venue has cancelled",
    (Point.UNDOING, Point.CONFIRMED): "past the venue's cut-off",
    (Point.UNDOING, Point.BOOKED): "past the cut-off, the card not charged yet",
    (Point.ENDED, Point.UNDOING): "a place was taken late",
    (Point.ENDED, Point.RETURNING): "points were taken late",
}


def edges() -> frozenset[Edge]:
    """Every way from one point to another that the picture shows."""
    rows = {(row.at, row.to) for row in SAGA if row.at is not row.to}
    return frozenset(rows | TURNS.keys() | {(point, Point.UNDOING) for point in policy.FORWARD})


def picture() -> str:
    forward = [point for point in Point if point in policy.FORWARD]
    inner = [row for row in SAGA if row.at in policy.FORWARD and row.to in policy.FORWARD]
    outer = [row for row in SAGA if row not in inner]
    turns_inside = [edge for edge in TURNS if policy.FORWARD.issuperset(edge)]
    lines = [
        "stateDiagram-v2",
        f"  [*] --> {Point.ACCEPTED}",
        '  state "going forward" as FORWARD {',
        *(f"    {point}" for point in forward),
        *(f"    {_row(row)}" for row in inner),
        *(f"    {_turn(edge)}" for edge in turns_inside),
        "  }",
        *(f"  {_row(row)}" for row in outer),
        f"  FORWARD --> {Point.UNDOING} : {OUT_OF_FORWARD}",
        *(f"  {_turn(edge)}" for edge in TURNS if edge not in turns_inside),
        f"  {Point.ENDED} --> [*]",
    ]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    call = row.calls or "nothing to call"
    guard = row.when.__name__.strip("_").replace("_", " ")
    told = call if guard == "always" else f"{call} [{guard}]"
    return f"{row.at} --> {row.to} : {told}{' (rests)' if row.rests else ''}"


def _turn(edge: Edge) -> str:
    return f"{edge[0]} --> {edge[1]} : {TURNS[edge]}"


def block() -> str:
    """What stands between the two marks in the page."""
    return f"```mermaid\n{picture()}```\n"


def redrawn(page: str) -> str:
    """The page with its picture drawn anew. Errors: ValueError where a mark is missing."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE.name} has no marks {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}{block()}{END}{after}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="put it into docs/booking.md")
    if options.parse_args().write:
        PAGE.write_text(redrawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(picture())


if __name__ == "__main__":
    main()
