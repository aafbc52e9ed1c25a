"""Compile a numeric function to machine code, typed so that mypy sees the function unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """``numba.njit``, cached on disk, without the interpreter lock; division by zero gives inf or nan."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
