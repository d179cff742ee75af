"""Image: a picture that stands for something (OB 3.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from credentials.json_object import JsonObject
from credentials.json_values import Text, Uri, constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(JsonObject):
    """A picture by its URI, or the picture itself as a data: URI."""

    id: Uri
    type: Annotated[str, constant("Image")] = "Image"
    caption: Text | None = None
