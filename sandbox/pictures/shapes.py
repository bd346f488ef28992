"""The few strokes that every scene is made of."""

import math
from itertools import pairwise
from random import Random

from sandbox.pictures.lights import Light

WIDTH, HEIGHT = 1200, 800
_STARS = 70
_STEP = 60


def sky(chance: Random, light: Light) -> list[str]:
    """Gradient, sun or moon with its glow, and stars where the light has them."""
    top, middle, bottom = light.sky
    x, y, r = chance.randint(220, 980), chance.randint(120, 300), chance.randint(34, 60)
    strokes = [
        '<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1">',
        f'<stop offset="0" stop-color="{top}"/><stop offset=".6" stop-color="{middle}"/>',
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>',
        '<linearGradient id="w" x1="0" y1="0" x2="0" y2="1">',
        f'<stop offset="0" stop-color="{light.water[0]}"/>',
        f'<stop offset="1" stop-color="{light.water[1]}"/></linearGradient>',
        f'<radialGradient id="g"><stop offset="0" stop-color="{light.disc}" stop-opacity=".55"/>',
        f'<stop offset="1" stop-color="{light.disc}" stop-opacity="0"/></radialGradient></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#s)"/>',
    ]
    if light.stars:
        strokes += [_star(chance, light) for _ in range(_STARS)]
    return [*strokes, circle(x, y, r * 5, "url(#g)"), circle(x, y, r, light.disc)]


def ridge(chance: Random, level: float, swing: float, colour: str, *, sharp: bool = False) -> str:
    """A line of hills from edge to edge, filled to the bottom; `sharp` makes it mountains."""
    phase, pace = chance.uniform(0, 6), chance.uniform(0.8, 1.7)
    points = []
    for x in range(0, WIDTH + _STEP, _STEP):
        wave = math.sin(phase + pace * x / 260) + 0.5 * math.sin(phase * 2 + pace * x / 110)
        rough = chance.uniform(-0.9, 0.9) if sharp else 0
        points.append((x, level - swing * (wave + rough) / 1.5))
    path = f"M0 {HEIGHT}L0 {points[0][1]:.0f}"
    if sharp:
        path += "".join(f"L{x} {y:.0f}" for x, y in points)
    else:
        path += "".join(
            f"Q{x0} {y0:.0f} {(x0 + x1) / 2:.0f} {(y0 + y1) / 2:.0f}"
            for (x0, y0), (x1, y1) in pairwise(points)
        )
        path += f"L{WIDTH} {points[-1][1]:.0f}"
    return f'<path d="{path}L{WIDTH} {HEIGHT}Z" fill="{colour}"/>'


def circle(x: float, y: float, r: float, fill: str, opacity: float = 1) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}" fill="{fill}"{_faint(opacity)}/>'


def oval(x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1) -> str:
    return (
        f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{rx:.0f}" ry="{ry:.0f}" '
        f'fill="{fill}"{_faint(opacity)}/>'
    )


def box(x: float, y: float, w: float, h: float, fill: str, opacity: float = 1) -> str:
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{h:.0f}" '
        f'fill="{fill}"{_faint(opacity)}/>'
    )


def shape(path: str, fill: str, opacity: float = 1) -> str:
    return f'<path d="{path}" fill="{fill}"{_faint(opacity)}/>'


def line(path: str, colour: str, width: float, opacity: float = 1) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-linecap="round"{_faint(opacity)}/>'
    )


def glow(x: float, y: float, r: float, colour: str) -> list[str]:
    """A lamp with its halo."""
    return [circle(x, y, r * 3.2, colour, 0.16), circle(x, y, r * 1.9, colour, 0.25)]


def _star(chance: Random, light: Light) -> str:
    x, y = chance.uniform(0, WIDTH), chance.uniform(0, 430)
    return circle(x, y, chance.uniform(0.7, 2.1), light.disc, chance.uniform(0.35, 0.95))


def _faint(opacity: float) -> str:
    return "" if opacity == 1 else f' opacity="{opacity:.2f}"'
