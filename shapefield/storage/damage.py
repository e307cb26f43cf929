"""What Pillow does with damaged pictures: a dozen kinds of exception, and warnings about what it mended."""

from __future__ import annotations

import contextlib
import logging
import struct
import warnings
import zlib
from collections.abc import Iterator


class DamagedPicture(Exception):
    """A picture that cannot be decoded; its text is one short line."""


@contextlib.contextmanager
def pictures_told() -> Iterator[None]:
    """Within the block Pillow is silent, and whatever it raises for a damaged picture is a DamagedPicture.

    A missing or forbidden file stays the OSError that it is.
    """
    from PIL import Image, UnidentifiedImageError

    damage = (SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, AttributeError, struct.error)
    logging.getLogger("PIL").addHandler(logging.NullHandler())  # it logs what it also raises
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError:
        raise DamagedPicture("something else") from None
    except (*damage, RuntimeError, zlib.error, Image.DecompressionBombError) as error:
        raise DamagedPicture((str(error).splitlines() or [type(error).__name__])[0][:120]) from error
    except OSError as error:
        if error.filename is not None or error.errno is not None:
            raise
        raise DamagedPicture((str(error).splitlines() or ["an error"])[0][:120]) from error
