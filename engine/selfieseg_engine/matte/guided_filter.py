"""The guided filter with a colour guide. Pure; any thread.

K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV 2010 and TPAMI 35(6), 2013 (equations 14 to 16 for a
colour guide): in every window the filtered mask is taken for a linear function of the guide's colour. The
coefficients may be found on a small copy and used with a larger guide: K. He, J. Sun, "Fast Guided Filter",
arXiv:1505.00996, 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

F32Image = npt.NDArray[np.float32]

_BORDER = cv2.BORDER_REFLECT


@dataclass(frozen=True)
class LinearMask:
    """A mask as a linear function of the guide's colour: ``sum(a * colour) + b`` at each pixel.

    Attributes:
        a: float32 HxWx3.
        b: float32 HxW.
    """

    a: F32Image
    b: F32Image

    def over(self, guide: F32Image) -> F32Image:
        """Return the mask (float32 hxw, not clamped) of a guide (float32 hxwx3) of the same view."""
        size = guide.shape[1::-1]
        a, b = self.a, self.b
        if a.shape[1::-1] != size:
            a = np.asarray(cv2.resize(a, size, interpolation=cv2.INTER_LINEAR), np.float32)
            b = np.asarray(cv2.resize(b, size, interpolation=cv2.INTER_LINEAR), np.float32)
        product = cv2.multiply(a, guide)
        return np.asarray(cv2.add(cv2.transform(product, _SUM), b), np.float32)


_SUM = np.ones((1, 3), np.float32)


class GuidedFilter:
    """The guide's part of the filter, done once for as many masks as are filtered with it.

    Args:
        guide: float32 HxWx3 in 0…1, in any order of colours.
        radius: of the square windows, in pixels.
        epsilon: the variance (in squared units of the guide) below which a window counts as flat.
    """

    def __init__(self, guide: F32Image, radius: int, epsilon: float) -> None:
        self._guide = guide
        self._window = (2 * radius + 1, 2 * radius + 1)
        self._mean = self._blur(guide)
        self._inverse = self._inverse_covariance(epsilon)

    def fit(self, mask: F32Image) -> LinearMask:
        """Return the linear function that fits a mask (float32 HxW) best in every window, averaged."""
        mean = self._blur(mask)
        weighed = cv2.multiply(self._guide, cv2.merge([mask] * 3))
        covariance = cv2.split(
            cv2.subtract(self._blur(weighed), cv2.multiply(self._mean, cv2.merge([mean] * 3)))
        )
        rows = (
            self._inverse[:3],
            (self._inverse[1], *self._inverse[3:5]),
            (self._inverse[2], *self._inverse[4:]),
        )
        a = cv2.merge([_dot(row, covariance) for row in rows])
        b = cv2.subtract(mean, cv2.transform(cv2.multiply(a, self._mean), _SUM))
        return LinearMask(self._blur(a), self._blur(b))

    def _blur(self, image: Any) -> F32Image:
        return np.asarray(cv2.boxFilter(image, -1, self._window, borderType=_BORDER), np.float32)

    def _inverse_covariance(self, epsilon: float) -> tuple[F32Image, ...]:
        """Return the inverse of each window's 3x3 covariance plus epsilon: 00, 01, 02, 11, 12, 22."""
        channels, means = cv2.split(self._guide), cv2.split(self._mean)
        pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
        products = self._blur(cv2.merge([cv2.multiply(channels[i], channels[j]) for i, j in pairs]))
        covariance = [
            products[..., index] - means[i] * means[j] + (epsilon if i == j else 0)
            for index, (i, j) in enumerate(pairs)
        ]
        rr, rg, rb, gg, gb, bb = covariance
        cofactors = (gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg,
                     rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg)  # fmt: skip
        scale = 1 / (rr * cofactors[0] + rg * cofactors[1] + rb * cofactors[2])
        return tuple(np.asarray(cofactor * scale, np.float32) for cofactor in cofactors)


def _dot(row: Any, column: Any) -> Any:
    return row[0] * column[0] + row[1] * column[1] + row[2] * column[2]
