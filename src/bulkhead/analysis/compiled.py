"""Machine code for the loops of the hot path."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

import bulkhead

F = TypeVar("F", bound=Callable[..., object])

_IMPORTS = re.compile(r"^(?:from|import) (bulkhead(?:\.\w+)*)", re.MULTILINE)
_ROOT = Path(bulkhead.__file__).parent.parent


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


def _compiled(fn: F, **options: bool) -> F:
    # Numba notices a change in the file of a function, not in those of the functions and constants it uses: stale
    # machine code would be run. So what is kept on disk is kept under a digest of all of them.
    folder = config.CACHE_DIR
    if folder:
        config.CACHE_DIR = str(Path(folder, _sources_digest(Path(fn.__code__.co_filename))))
    try:
        decorated: F = njit(
            fn, cache=True, nogil=True, boundscheck=False, error_model="numpy", fastmath=False, **options
        )
    finally:
        config.CACHE_DIR = folder
    return decorated


@cache
def _sources_digest(file: Path) -> str:
    """A digest of a source file and all files of this package that it imports, directly or not."""
    texts: dict[Path, str] = {}
    waiting = [file]
    while waiting:
        source = waiting.pop()
        if source not in texts and source.is_file():
            texts[source] = source.read_text("utf-8")
            modules = [_ROOT.joinpath(*name.split(".")) for name in _IMPORTS.findall(texts[source])]
            waiting += [module.with_suffix(".py") for module in modules]
    return hashlib.sha256("\0".join(texts[source] for source in sorted(texts)).encode()).hexdigest()[:16]


@intrinsic  # type: ignore[misc]  # numba gives no types
def prefetch(_context: Any, array: Any, index: Any, offset: Any) -> Any:
    """Ask for the memory of ``array[index]``, ``offset`` bytes on, without waiting for it. Any index is harmless."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        record_array = context.make_array(signature.args[0])(context, builder, arguments[0])
        distance = builder.add(builder.mul(arguments[1], record_array.itemsize), arguments[2])
        address = builder.gep(builder.bitcast(record_array.data, cgutils.voidptr_t), [distance])
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(call, [address, flag(0), flag(3), flag(1)])  # for reading, keep close, data
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate
