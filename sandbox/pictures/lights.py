"""The hours of the day as colours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """From the sky down; `ranks` go from what is far to what is near."""

    sky: tuple[str, str, str]
    disc: str
    stars: bool
    ranks: tuple[str, str, str, str]
    water: tuple[str, str]
    lamp: str
    linen: str
    leaf: str


LIGHTS = {
    "dawn": Light(
        sky=("#37517e", "#d98f8f", "#fbd9b0"),
        disc="#fff1d6",
        stars=False,
        ranks=("#9a86a4", "#6f6f93", "#485876", "#2b3c52"),
        water=("#e2b7a4", "#4c6a8a"),
        lamp="#ffd79a",
        linen="#f6e6d8",
        leaf="#5c7a5a",
    ),
    "day": Light(
        sky=("#2f86c9", "#8cc4e6", "#e6f3ee"),
        disc="#fffbe8",
        stars=False,
        ranks=("#9cc3b8", "#6ea58a", "#44825f", "#28583f"),
        water=("#8fd6d2", "#1d7f96"),
        lamp="#ffe9a8",
        linen="#fdf8ef",
        leaf="#4f9a54",
    ),
    "gold": Light(
        sky=("#7a6a8c", "#e8a55f", "#fde3a7"),
        disc="#fff4cf",
        stars=False,
        ranks=("#d9a566", "#b07a45", "#7f5632", "#4d3521"),
        water=("#f3c888", "#8a6a58"),
        lamp="#ffe0a0",
        linen="#fbeed6",
        leaf="#8a8a3d",
    ),
    "dusk": Light(
        sky=("#241f4b", "#8a3f6b", "#f0915f"),
        disc="#ffc996",
        stars=True,
        ranks=("#7d4a6d", "#553a64", "#362b53", "#1d1b38"),
        water=("#d9775f", "#2f2a58"),
        lamp="#ffc46b",
        linen="#e9d2c4",
        leaf="#4b5a4a",
    ),
    "night": Light(
        sky=("#060b1f", "#14254a", "#2f4c6e"),
        disc="#f2f0dc",
        stars=True,
        ranks=("#24406a", "#1b3054", "#12213f", "#0a1429"),
        water=("#2a5374", "#0a1630"),
        lamp="#ffcf70",
        linen="#cfd3dc",
        leaf="#2d4a45",
    ),
}
