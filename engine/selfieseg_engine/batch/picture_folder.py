"""What a folder of a batch's numbered pictures holds. Looks at folders only; any thread."""

from __future__ import annotations

import re
from pathlib import Path

PICTURES = "%06d.png"
_PICTURE = re.compile(r"[0-9]{6,}\.png")


def holds_only_pictures(folder: Path) -> bool:
    """Return whether nothing but such pictures lies in it, so that no other file is lost with it."""
    return all(_PICTURE.fullmatch(each.name) and each.is_file() for each in folder.iterdir())
