"""Pictures of invented places, drawn as SVG: the same name always gives the same picture."""

from random import Random

from sandbox.pictures.lights import LIGHTS
from sandbox.pictures.scenes import SCENES
from sandbox.pictures.shapes import HEIGHT, WIDTH, sky

__all__ = ["HEIGHT", "WIDTH", "draw"]


def draw(name: str, scene: str, light: str, *, width: int = WIDTH) -> str:
    """One picture, three by two; unknown scenes and lights become hills by day."""
    chance = Random(name)
    colours = LIGHTS.get(light, LIGHTS["day"])
    paint = SCENES.get(scene, SCENES["hills"])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{round(width * HEIGHT / WIDTH)}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    )
    return "".join((head, *sky(chance, colours), *paint(chance, colours), "</svg>"))
