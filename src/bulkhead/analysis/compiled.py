"""Machine code for the loops of the hot path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(fn: F) -> F:
    """``fn`` compiled for the argument types it is first called with; the code is kept on disk between runs.

    It releases the interpreter lock, checks no array bounds (the caller must) and divides as IEEE 754 does
    instead of raising. Floating point keeps the order that is written, so that every machine gives the same bits.
    """
    decorated: F = njit(fn, cache=True, nogil=True, boundscheck=False, error_model="numpy", fastmath=False)
    return decorated
