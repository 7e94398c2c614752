"""A class model at work on one stream: the part of each frame that it looks at, and its memory.

Loads numpy and OpenCV; the OpenVINO request comes from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.matte.person_box import WHOLE, Box, overlap, person_box
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.result import ClassResult

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_class_model import LoadedClassModel

U8Image = npt.NDArray[np.uint8]
Size = tuple[int, int]

# While the box of a new frame covers so much of the last one, that one stays: a model's memory fits it.
_SAME_BOX = 0.75


class ClassStream:
    """See the module. Any thread, one at a time.

    A model whose manifest says ``resize = "person"`` is shown only the people, in their true proportions;
    elsewhere there is nothing of its classes. Others are shown the whole frame, stretched.
    """

    def __init__(self, loaded: LoadedClassModel) -> None:
        self._size = loaded.input_size
        self._follows_person = loaded.manifest.input.resize == "person"
        names = loaded.manifest.output.classes
        self._background = names.index("background") if self._follows_person else None
        self._request = loaded.new_request()
        self._box = WHOLE

    def segment(
        self, frame: U8Image, person: npt.NDArray[np.bool_] | None = None, picture_size: Size | None = None
    ) -> ClassResult:
        """Return the classes of one frame, at the model's size, as if all of it had been looked at.

        Args:
            frame: uint8 HxWxC of any size, C as the model was compiled.
            person: bool hxw, where somebody is; None where that is not known.
            picture_size: (width, height) of what ``frame`` is a squeezed copy of; None for its own.

        Raises:
            InferenceError: OpenVINO failed, or the stream is closed.
        """
        size: Size = (frame.shape[1], frame.shape[0])
        self._look_at(
            person_box(person, picture_size or size) if self._follows_person and person is not None else WHOLE
        )
        part = frame[self._box.pixels(size)]
        return self._placed(self._request.infer(stretch(part, self._size)))

    def reset(self) -> None:
        """Begin another stream: the next frame has no predecessor. Raises ``InferenceError`` when closed."""
        self._box = WHOLE
        self._request.reset()

    def close(self) -> None:
        """Let go of the request. May be called twice."""
        self._request.close()

    def _look_at(self, box: Box) -> None:
        if overlap(box, self._box) < _SAME_BOX:
            self._box = box
            self._request.reset()  # its memory is of another part

    def _placed(self, found: ClassResult) -> ClassResult:
        """Return what was found in the box at its place in the whole frame."""
        if self._box == WHOLE:
            return found
        rows, columns = self._box.pixels(self._size)
        size = columns.stop - columns.start, rows.stop - rows.start
        planes, class_map = np.zeros_like(found.planes), np.full_like(found.class_map, self._background)
        planes[rows, columns] = cv2.resize(found.planes, size, interpolation=cv2.INTER_AREA)
        class_map[rows, columns] = cv2.resize(found.class_map, size, interpolation=cv2.INTER_NEAREST_EXACT)
        person = None
        if found.person is not None:
            person = np.zeros_like(found.person)
            person[rows, columns] = cv2.resize(found.person, size, interpolation=cv2.INTER_AREA)
        return ClassResult(planes, class_map, person)
