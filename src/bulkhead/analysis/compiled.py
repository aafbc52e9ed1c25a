"""Machine code for the loops of the hot path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., object])


def compiled(fn: F) -> F:
    """``fn`` compiled for the argument types it is first called with; the code is kept on disk between runs.

    It releases the interpreter lock, checks no array bounds (the caller must) and divides as IEEE 754 does
    instead of raising. Floating point keeps the order that is written, so that every machine gives the same bits.
    """
    return _compiled(fn)


def compiled_lean(fn: F) -> F:
    """As ``compiled``, for functions that make no arrays: their arguments are not reference-counted.

    Counting costs more than the work itself where small functions hand a dozen arrays to each other.
    """
    return _compiled(fn, _nrt=False)


def compiled_inline(fn: F) -> F:
    """As ``compiled_lean``, for a step that becomes part of its caller instead of being called."""
    return _compiled(fn, _nrt=False, forceinline=True)


def _compiled(fn: F, **options: Any) -> F:
    decorated: F = njit(fn, cache=True, nogil=True, boundscheck=False, error_model="numpy", **options)
    return decorated


@compiled_inline
def signed(value: Any) -> int:
    """An integer of any size as a signed one of 64 bits, the only kind that mixes with all others unharmed."""
    return np.int64(value)  # type: ignore[return-value]  # an int to all who use it


@compiled_inline
def place_of(value: Any) -> int:
    """A place in an array, below 2^32: known to be no negative one, which would be counted from the end."""
    return np.int64(np.uint32(value))  # type: ignore[return-value]  # an int to all who use it


def _prefetch(_context: Any, array: Any, _index: Any, _offset: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        records = context.make_array(signature.args[0])(context, builder, arguments[0])
        distance = builder.add(builder.mul(arguments[1], records.itemsize), arguments[2])
        address = builder.gep(builder.bitcast(records.data, cgutils.voidptr_t), [distance])
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        call: Any = cgutils.get_or_insert_function
        for_reading, keep_close, data = flag(0), flag(3), flag(1)
        builder.call(call(builder.module, kind, "llvm.prefetch.p0"), [address, for_reading, keep_close, data])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate


# ``prefetch(array, index, offset)`` asks for the memory ``offset`` bytes behind the start of ``array[index]`` without
# waiting for it. Any index is harmless.
prefetch: Callable[[Any, Any, int], None] = cast(Any, intrinsic)(_prefetch)
