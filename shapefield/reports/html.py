"""Pages that need nothing beside them: the templates of this folder, filled in. Text from files does no harm there."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import Any

import numpy as np

from shapefield.escaping import visible


def rendered(template: str, **values: Any) -> str:
    """The template of that name with the values in it: every text is made visible, and escaped."""
    return _templates().get_template(template).render(values)


def png_data(picture: np.ndarray | bytes) -> str:
    """(h, w, 3) uint8, or a PNG's bytes, as the address of a picture that stands in the page itself."""
    if isinstance(picture, np.ndarray):
        from PIL import Image

        out = io.BytesIO()
        Image.fromarray(picture).save(out, format="PNG", optimize=True)
        picture = out.getvalue()
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


@cache
def _templates() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("shapefield.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if hasattr(value, "__html__") else visible(value),
        trim_blocks=True,
        lstrip_blocks=True,
    )
