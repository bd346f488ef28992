"""Scenes with a table in them."""

from random import Random

from sandbox.pictures.lights import Light
from sandbox.pictures.shapes import WIDTH, box, circle, glow, line, oval, ridge, shape

_FOOD = ("#c8553d", "#e0a458", "#7d9d5c", "#f2e3bc", "#8c3f4d", "#d98c5f")


def table(chance: Random, light: Light) -> list[str]:
    strokes = [*_room(chance, light), shape("M60 560H1140L1260 800H-60Z", light.linen)]
    for n in range(4):
        x = 210 + n * 260
        strokes += [
            oval(x, 650, 92, 30, light.ranks[2], 0.25),
            oval(x, 644, 88, 28, "#ffffff", 0.95),
            oval(x, 642, 58, 17, chance.choice(_FOOD)),
        ]
    for n in range(3):
        x = 340 + n * 260
        strokes += [
            box(x - 5, 520, 10, 70, "#f7f1e3"),
            *glow(x, 508, 14, light.lamp),
            oval(x, 508, 6, 13, light.lamp),
        ]
    return strokes


def bowl(chance: Random, light: Light) -> list[str]:
    strokes = [
        *_room(chance, light),
        box(0, 600, WIDTH, 200, light.ranks[3]),
        oval(600, 700, 330, 46, "#000000", 0.25),
        shape("M300 520Q330 710 600 714Q870 710 900 520Z", light.linen),
        oval(600, 520, 300, 74, "#ffffff"),
        oval(600, 524, 268, 60, chance.choice(_FOOD)),
    ]
    for _ in range(34):
        x, y = chance.uniform(370, 830), chance.uniform(492, 556)
        strokes.append(oval(x, y, chance.uniform(10, 26), chance.uniform(6, 13),
                            chance.choice(_FOOD), 0.95))  # fmt: skip
    return [*strokes, *_steam(chance, light, 600, 450)]


def tea(chance: Random, light: Light) -> list[str]:
    strokes = [
        *_room(chance, light),
        box(0, 620, WIDTH, 180, light.ranks[3]),
        line("M700 560q120 -30 150 -120", light.ranks[1], 26),
        oval(560, 560, 170, 120, light.ranks[1]),
        oval(560, 452, 70, 16, light.ranks[0]),
        circle(560, 430, 16, light.lamp),
        line("M400 520q-90 0 -70 90q20 50 90 20", light.ranks[1], 20),
    ]
    for x in (820, 960, 250):
        strokes += [
            shape(f"M{x - 50} 620q8 74 50 76q42 -2 50 -76Z", light.linen),
            oval(x, 620, 50, 13, "#ffffff"),
            oval(x, 621, 40, 9, chance.choice(("#8a9a3b", "#b5722f", "#c99b45"))),
        ]
    return [*strokes, *_steam(chance, light, 820, 580)]


def glasses(chance: Random, light: Light) -> list[str]:
    strokes = [*_room(chance, light), box(0, 660, WIDTH, 140, light.ranks[3])]
    strokes.append(box(0, 655, WIDTH, 8, light.lamp, 0.35))
    for n in range(5):
        x, drink = 200 + n * 200, chance.choice(("#7d1f35", "#e7b64b", "#d9805b", "#f0e2a6"))
        strokes += [
            oval(x, 668, 50, 9, light.linen, 0.6),
            box(x - 3, 560, 6, 106, light.linen, 0.7),
            shape(f"M{x - 56} 400Q{x - 56} 560 {x} 566Q{x + 56} 560 {x + 56} 400Z",
                  light.linen, 0.28),
            shape(f"M{x - 53} 460Q{x - 48} 556 {x} 560Q{x + 48} 556 {x + 53} 460Z", drink, 0.9),
            line(f"M{x - 40} 415q-2 60 14 104", "#ffffff", 5, 0.5),
        ]  # fmt: skip
    return strokes


def _room(chance: Random, light: Light) -> list[str]:
    """A terrace at the back, out of focus, with its lamps."""
    strokes = [ridge(chance, 500, 50, light.ranks[0]), ridge(chance, 560, 30, light.ranks[1])]
    for _ in range(22):
        x, y, r = chance.uniform(0, WIDTH), chance.uniform(300, 560), chance.uniform(8, 30)
        strokes.append(circle(x, y, r, light.lamp, chance.uniform(0.12, 0.4)))
    return strokes


def _steam(chance: Random, light: Light, x: float, y: float) -> list[str]:
    return [
        line(
            f"M{x + shift} {y}q{chance.uniform(-50, -25):.0f} -50 0 -100t0 -100",
            light.disc, 7, 0.35,
        )
        for shift in (-70, 0, 70)
    ]  # fmt: skip
