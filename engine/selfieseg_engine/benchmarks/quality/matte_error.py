"""How far a soft matte is from the true one. Pure; any thread."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.u8_matte import Counted, U8Matte

_SIGMA = 1.4
_EPSILON = 0.01  # the kernel ends where the Gaussian falls to this, as in the evaluation code in common use
_THOUSAND = 1000


def mean_absolute_difference(u8_matte: U8Matte, u8_true: U8Matte, counted: Counted | None = None) -> float:
    """Return MAD, the mean of |α − α*| over the counted pixels, 0…1; 0 where none counts."""
    count = u8_matte.size if counted is None else int(counted.sum())
    return _absolute_sum(u8_matte, u8_true, counted) / count if count else 0.0


def sum_of_absolute_differences(u8_matte: U8Matte, u8_true: U8Matte, counted: Counted | None = None) -> float:
    """Return SAD, the sum of |α − α*| over the counted pixels, in thousands (Rhemann et al., CVPR 2009)."""
    return _absolute_sum(u8_matte, u8_true, counted) / _THOUSAND


def gradient_magnitude(u8_matte: U8Matte) -> npt.NDArray[np.float32]:
    """Return |∇α| as float32 HxW: first-order Gaussian derivatives, σ = 1.4, of α in 0…1.

    The two-dimensional kernels have unit energy (their squares sum up to 1), as in the evaluation code that
    goes with Rhemann et al., CVPR 2009, and Xu et al., CVPR 2017. Beyond the border the edge's value goes on.
    """
    smooth, derive = _kernels()
    alpha = u8_matte.astype(np.float32) / np.float32(255)
    along_x = cv2.sepFilter2D(alpha, cv2.CV_32F, derive, smooth, borderType=cv2.BORDER_REPLICATE)
    along_y = cv2.sepFilter2D(alpha, cv2.CV_32F, smooth, derive, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.magnitude(along_x, along_y), np.float32)


def gradient_error(
    magnitude: npt.NDArray[np.float32],
    true_magnitude: npt.NDArray[np.float32],
    counted: Counted | None = None,
) -> float:
    """Return the sum of (|∇α| − |∇α*|)² over the counted pixels, in thousands (Rhemann et al., CVPR 2009).

    Both arguments are from ``gradient_magnitude``. There is no trimap: the whole frame is judged.
    """
    difference = magnitude - true_magnitude
    return float(cv2.norm(difference, cv2.NORM_L2SQR, mask=_mask(counted))) / _THOUSAND


def _absolute_sum(u8_matte: U8Matte, u8_true: U8Matte, counted: Counted | None) -> float:
    return float(cv2.norm(u8_matte, u8_true, cv2.NORM_L1, mask=_mask(counted))) / 255


def _mask(counted: Counted | None) -> npt.NDArray[np.uint8] | None:
    return None if counted is None else counted.astype(np.uint8)


def _kernels() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the Gaussian and its derivative; their outer product has unit energy, as each of them has."""
    half = math.ceil(_SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * _SIGMA * _EPSILON)))
    x = np.arange(-half, half + 1, dtype=np.float64)
    gauss = np.exp(-(x**2) / (2 * _SIGMA**2))
    derivative = x * gauss
    return gauss / np.linalg.norm(gauss), derivative / np.linalg.norm(derivative)
