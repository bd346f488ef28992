"""What can be seen at the venues. Each scene paints on a sky, from far to near."""

import math
from collections.abc import Callable
from random import Random

from sandbox.pictures.lights import Light
from sandbox.pictures.shapes import HEIGHT, WIDTH, box, circle, glow, line, oval, ridge, shape
from sandbox.pictures.tables import bowl, glasses, table, tea

Scene = Callable[[Random, Light], list[str]]


def hills(chance: Random, light: Light) -> list[str]:
    levels = ((470, 70), (550, 60), (630, 50), (715, 40))
    painted = [
        ridge(chance, level, swing, colour)
        for (level, swing), colour in zip(levels, light.ranks, strict=True)
    ]
    return [*painted, *(_cypress(chance, light) for _ in range(9))]


def mountains(chance: Random, light: Light) -> list[str]:
    return [
        ridge(chance, 400, 130, light.ranks[0], sharp=True),
        ridge(chance, 470, 100, light.ranks[1], sharp=True),
        oval(600, 560, 760, 60, light.linen, 0.25),
        ridge(chance, 610, 55, light.ranks[2]),
        ridge(chance, 710, 40, light.ranks[3]),
        *_flags(chance, light),
    ]


def terraces(chance: Random, light: Light) -> list[str]:
    strokes = [ridge(chance, 420, 60, light.ranks[0]), ridge(chance, 480, 40, light.ranks[1])]
    for step in range(7):
        level = 530 + step * 42
        strokes += [
            ridge(chance, level, 16, light.leaf if step % 2 else light.ranks[2]),
            oval(
                chance.randint(150, 1050), level + 34, chance.randint(130, 260), 9,
                light.water[0], 0.75,
            ),
        ]  # fmt: skip
    return [*strokes, *_palms(chance, light, 4)]


def sea(chance: Random, light: Light) -> list[str]:
    strokes = [ridge(chance, 470, 26, light.ranks[0]), box(0, 480, WIDTH, 320, "url(#w)")]
    for _ in range(46):
        y = chance.uniform(490, 770)
        reach = 20 + (y - 480) * 0.35
        x = chance.uniform(0, WIDTH)
        strokes.append(line(f"M{x:.0f} {y:.0f}h{reach:.0f}", light.disc, 2, 0.4))
    return [*strokes, *_boat(chance, light), ridge(chance, 775, 22, light.ranks[3])]


def reef(chance: Random, light: Light) -> list[str]:
    strokes = [box(0, 330, WIDTH, 470, "url(#w)")]
    strokes += [
        shape(f"M{x} 330l{w} 470h{w * 0.8:.0f}Z", light.disc, 0.08)
        for x, w in ((180, 120), (470, 90), (760, 150))
    ]
    for _ in range(16):
        x, y = chance.uniform(60, 1140), chance.uniform(400, 650)
        size = chance.uniform(12, 30)
        colour = chance.choice((light.lamp, light.linen, light.leaf))
        strokes.append(oval(x, y, size, size * 0.5, colour, 0.9))
        strokes.append(
            shape(
                f"M{x + size * 0.8:.0f} {y:.0f}l{size * 0.7:.0f} {-size * 0.5:.0f}v{size:.0f}Z",
                colour, 0.9,
            )
        )  # fmt: skip
    return [*strokes, ridge(chance, 730, 34, light.ranks[2]), *_corals(chance, light)]


def city(chance: Random, light: Light) -> list[str]:
    strokes = []
    for rank, colour in enumerate(light.ranks[:3]):
        x = -20.0
        while x < WIDTH:
            width = chance.uniform(60, 130)
            top = chance.uniform(220, 470) + rank * 90
            strokes.append(box(x, top, width - 6, HEIGHT - top, colour))
            strokes += _windows(chance, light, x, top, width) if rank else []
            x += width
    return [*strokes, box(0, 735, WIDTH, 65, light.ranks[3])]


def vineyard(chance: Random, light: Light) -> list[str]:
    strokes = [ridge(chance, 440, 60, light.ranks[0]), ridge(chance, 500, 40, light.ranks[1])]
    strokes.append(box(0, 540, WIDTH, 260, light.ranks[2]))
    for row in range(-9, 10):
        far, near = 600 + row * 46, 600 + row * 190
        strokes.append(line(f"M{far} 545L{near} 800", light.leaf, 14, 0.95))
        strokes.append(line(f"M{far + 4} 545L{near + 22} 800", light.ranks[3], 5, 0.6))
    return [*strokes, *_house(chance, light), *(_cypress(chance, light) for _ in range(5))]


def garden(chance: Random, light: Light) -> list[str]:
    strokes = [ridge(chance, 500, 40, light.ranks[1]), ridge(chance, 600, 30, light.ranks[2])]
    for _ in range(26):
        x, y, r = chance.uniform(0, WIDTH), chance.uniform(430, 640), chance.uniform(34, 80)
        strokes.append(circle(x, y, r, chance.choice((light.leaf, light.ranks[2])), 0.92))
    strokes.append(box(0, 660, WIDTH, 140, light.ranks[3]))
    for _ in range(60):
        colour = chance.choice((light.lamp, light.linen, light.disc))
        strokes.append(
            circle(chance.uniform(0, WIDTH), chance.uniform(640, 790), chance.uniform(4, 9), colour)
        )
    return [*strokes, *_palms(chance, light, 2)]


def lanterns(chance: Random, light: Light) -> list[str]:
    strokes = [ridge(chance, 560, 40, light.ranks[1]), box(0, 600, WIDTH, 200, "url(#w)")]
    for string in range(3):
        sag, y = chance.uniform(60, 120), 70 + string * 90
        strokes.append(line(f"M0 {y}Q600 {y + sag * 2:.0f} 1200 {y}", light.ranks[3], 3))
        for n in range(1, 9):
            part = n / 9
            x, drop = WIDTH * part, y + 4 * sag * part * (1 - part)
            strokes += [
                *glow(x, drop + 34, 22, light.lamp),
                oval(x, drop + 34, 20, 26, light.lamp),
                box(x - 9, drop + 6, 18, 6, light.ranks[3]),
            ]
            strokes.append(oval(x, 640 + string * 45, 16, 4, light.lamp, 0.5))
    return strokes


def _cypress(chance: Random, light: Light) -> str:
    x, y, tall = chance.uniform(40, 1160), chance.uniform(600, 720), chance.uniform(60, 120)
    half = tall / 8
    path = (
        f"M{x:.0f} {y - tall:.0f}"
        f"Q{x + half * 1.4:.0f} {y - tall / 3:.0f} {x + half / 2:.0f} {y:.0f}"
        f"H{x - half / 2:.0f}Q{x - half * 1.4:.0f} {y - tall / 3:.0f} {x:.0f} {y - tall:.0f}Z"
    )
    return shape(path, light.ranks[3])


def _flags(chance: Random, light: Light) -> list[str]:
    top, colours = chance.uniform(470, 540), ("#3f6fb5", "#f4f4ee", "#c8453b", "#4d9a57", "#e8b93e")
    strokes = [line(f"M0 {top:.0f}Q500 {top + 150:.0f} 1200 {top - 60:.0f}", light.linen, 2)]
    for n in range(1, 24):
        part = n / 24
        y = (1 - part) ** 2 * top + 2 * part * (1 - part) * (top + 150) + part**2 * (top - 60)
        x = 2 * part * (1 - part) * 500 + part**2 * WIDTH
        strokes.append(box(x - 13, y, 26, 30, colours[n % 5], 0.9))
    return strokes


def _palms(chance: Random, light: Light, count: int) -> list[str]:
    strokes = []
    for _ in range(count):
        x, y, lean = chance.uniform(60, 1140), chance.uniform(300, 430), chance.uniform(-40, 40)
        strokes.append(
            line(f"M{x:.0f} 790Q{x + lean:.0f} 600 {x + lean:.0f} {y:.0f}", light.ranks[3], 11)
        )
        for turn in range(9):
            angle = math.pi * (0.95 + turn * 0.14)
            dx, dy = math.cos(angle) * 120, math.sin(angle) * 70
            strokes.append(
                line(
                    f"M{x + lean:.0f} {y:.0f}q{dx * 0.6:.0f} {dy - 20:.0f} {dx:.0f} {dy + 60:.0f}",
                    light.ranks[3], 9,
                )
            )  # fmt: skip
    return strokes


def _boat(chance: Random, light: Light) -> list[str]:
    x, y = chance.uniform(200, 900), chance.uniform(560, 640)
    hull = f"M{x:.0f} {y:.0f}q90 50 190 -6q-20 44 -60 46h-70q-40 0 -60 -40Z"
    return [shape(hull, light.ranks[3]), *glow(x + 95, y - 24, 12, light.lamp),
            circle(x + 95, y - 24, 9, light.lamp)]  # fmt: skip


def _corals(chance: Random, light: Light) -> list[str]:
    strokes = []
    for _ in range(12):
        x, colour = chance.uniform(30, 1170), chance.choice((light.lamp, light.leaf, light.linen))
        for branch in (-28, -10, 10, 28):
            tall = chance.uniform(50, 110)
            strokes.append(
                line(f"M{x:.0f} 790q{branch * 0.3:.0f} {-tall / 2:.0f} {branch} {-tall:.0f}",
                     colour, 10, 0.75)
            )  # fmt: skip
    return strokes


def _windows(chance: Random, light: Light, x: float, top: float, width: float) -> list[str]:
    columns = int(width // 22)
    return [
        box(x + 8 + column * 20, top + 14 + row * 26, 9, 13, light.lamp, 0.85)
        for column in range(columns)
        for row in range(7)
        if chance.random() < (0.42 if light.stars else 0.18)
    ]


def _house(chance: Random, light: Light) -> list[str]:
    x = chance.uniform(240, 820)
    return [
        box(x, 455, 150, 90, light.linen),
        shape(f"M{x - 14:.0f} 458l89 -52l89 52Z", light.ranks[3]),
        *(box(x + 22 + n * 44, 486, 18, 26, light.lamp) for n in range(3)),
    ]


SCENES: dict[str, Scene] = {
    "bowl": bowl,
    "city": city,
    "garden": garden,
    "glasses": glasses,
    "hills": hills,
    "lanterns": lanterns,
    "mountains": mountains,
    "reef": reef,
    "sea": sea,
    "table": table,
    "tea": tea,
    "terraces": terraces,
    "vineyard": vineyard,
}
