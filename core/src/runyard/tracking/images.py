"""Pictures: what log_image and log_table take, as PIL images and as bytes; `Image` wraps what may be one."""

from __future__ import annotations

import os
import posixpath
import re
import sys
import warnings
from io import BytesIO
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from runyard.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image

PREVIEW_SIZE = 256
_KEY = re.compile(r"^[a-zA-Z0-9_\-./ ]+$")
_KINDS = "biuf"
_NEEDS_PILLOW = "images need Pillow: pip install pillow"


class Image:
    """An image from a PIL image, a numpy array, nested lists of pixels or the path of a file."""

    def __init__(self, image: Any) -> None:
        if isinstance(image, str | os.PathLike):
            self.image: PIL.Image.Image = _from_file(image)
        elif isinstance(image, list):
            import numpy as np

            self.image = from_array(np.array(image))
        else:
            self.image = to_pil(image)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.image.size

    def to_pil(self) -> PIL.Image.Image:
        return self.image

    def to_array(self) -> np.ndarray[Any, Any]:
        import numpy as np

        return np.array(self.image)

    def to_list(self) -> list[Any]:
        """The pixels, row after row."""
        array = self.to_array()
        return (
            [tuple(pixel) for pixel in array.reshape(-1, array.shape[2]).tolist()]
            if array.ndim == 3
            else array.ravel().tolist()
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        self.image.save(path)

    def resize(self, size: tuple[int, int]) -> Image:
        return Image(self.image.resize(size))


def to_pil(image: Any) -> PIL.Image.Image:
    """The PIL image that an object is or can be shown as.

    Raises:
        InvalidInput: it is none, or an array of a shape or type that is no picture.
    """
    if isinstance(image, Image):
        return image.image
    pillow = _pil()
    if isinstance(image, pillow.Image):
        return cast("PIL.Image.Image", image)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(image, numpy.ndarray):
        return from_array(image)
    raise InvalidInput(f"an image is a PIL image, a numpy array or runyard.Image, got {type(image).__name__}")


def is_picture(value: object) -> bool:
    """Whether a cell of a table is an image; nothing is imported to find out."""
    module = sys.modules.get("PIL.Image")
    return isinstance(value, Image) or (module is not None and isinstance(value, module.Image))


def from_array(array: np.ndarray[Any, Any]) -> PIL.Image.Image:
    """Height x width, or height x width x 1, 3 or 4 channels, of bools, 0 to 255 or 0.0 to 1.0."""
    if array.dtype.kind not in _KINDS:
        raise InvalidInput(f"an image array holds bools, integers or floats, got {array.dtype}")
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] not in {1, 3, 4}) or not array.size:
        raise InvalidInput(f"an image array is height x width, with 1, 3 or 4 channels, got shape {array.shape}")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    picture: PIL.Image.Image = _pil().fromarray(_as_bytes(array))
    return picture


def decoded(source: str | os.PathLike[str] | BinaryIO) -> PIL.Image.Image:
    """The picture in a file, read whole.

    Raises:
        OSError: the file cannot be read, or is no picture.
        SyntaxError: Pillow's word for some broken pictures.
    """
    with _pil().open(source) as picture:
        picture.load()
        copy: PIL.Image.Image = picture.copy()
    return copy


def preview(picture: PIL.Image.Image) -> PIL.Image.Image:
    """The picture with its longer side at 256 pixels."""
    longest = max(picture.size)
    width, height = (max(1, side * PREVIEW_SIZE // longest) for side in picture.size)
    return picture.resize((width, height))


def encoded(picture: PIL.Image.Image, name: str) -> bytes:
    """The picture's bytes in the format that the name's ending says.

    Raises:
        InvalidInput: Pillow cannot write that format, or not this kind of picture in it.
    """
    ending = posixpath.splitext(name)[1].lower()
    formats = _pil().registered_extensions()
    if ending not in formats:
        raise InvalidInput(
            f"unknown image format {ending!r} of {name!r}; use .png, .jpg, .webp or another one of Pillow's"
        )
    target = BytesIO()
    try:
        picture.save(target, format=formats[ending])
    except (OSError, KeyError, ValueError) as error:
        raise InvalidInput(f"cannot store this image as {name!r}: {error}") from error
    return target.getvalue()


def checked_image_key(key: object) -> str:
    if not isinstance(key, str) or not _KEY.match(key):
        raise InvalidInput(f"an image key has letters, digits, _ - . / and spaces, got {key!r}")
    return key


def _as_bytes(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    low, high = array.min(), array.max()
    if array.dtype.kind in "iu":
        if low < 0 or high > 255:
            raise InvalidInput(f"integer pixels lie between 0 and 255, got {low} to {high}")
        return array.astype(np.uint8)
    if not np.isfinite(array).all():
        raise InvalidInput("float pixels must be finite, got NaN or infinity")
    if low < 0 or high > 1:
        warnings.warn(f"float pixels lie between 0 and 1, got {low} to {high}; they are rescaled", stacklevel=2)
        array = (array - low) / (high - low) if high > low else array * 0
    return (array * 255).astype(np.uint8)


def _from_file(path: str | os.PathLike[str]) -> PIL.Image.Image:
    try:
        return decoded(path)
    except FileNotFoundError as error:
        raise NotFound(f"no image file {os.fspath(path)!r}") from error
    except (OSError, SyntaxError) as error:
        raise InvalidInput(f"{os.fspath(path)!r} is no image that can be read: {error}") from error


def _pil() -> ModuleType:
    try:
        import PIL.Image
    except ImportError as error:
        raise InvalidInput(_NEEDS_PILLOW) from error
    return PIL.Image
