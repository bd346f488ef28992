"""Photo objects. Addresses are built on the host that the caller used, so they always open."""

from typing import Any

from sandbox.seed.model import Picture

_SIZES = {"large": (960, 640), "medium": (480, 320), "raw": (1200, 800), "small": (120, 80)}


def url(base: str, name: str, width: int | None = None) -> str:
    return f"{base}/pictures/{name}.svg" + (f"?width={width}" if width else "")


def photo(base: str, picture: Picture) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for size, (width, height) in _SIZES.items():
        body[size] = url(base, picture.name, None if size == "raw" else width)
        body[f"{size}_width"] = width
        body[f"{size}_height"] = height
    return body


def image(base: str, picture: Picture) -> dict[str, Any]:
    """As experiences show it."""
    width, height = _SIZES["raw"]
    return {
        "crop_info": {"height": height, "width": width, "x": 0, "y": 0},
        "photo_dict": {"raw": url(base, picture.name)},
        "raw_url_key": picture.name,
    }
