"""Steps that compiled code cannot say in Python: copying bytes, and calling a C function by its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _copy_bytes(_context: Any, _target: Any, _source: Any, _size: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        pointers = [builder.inttoptr(address, byte) for address in arguments[:2]]
        copy: Any = cgutils.raw_memcpy
        copy(builder, *pointers, arguments[2], 1)
        return context.get_dummy_value()

    return types.none(types.uintp, types.uintp, types.intp), generate


def _call_c(_context: Any, _address: Any, _first: Any, _second: Any, _third: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        function = ir.FunctionType(ir.IntType(32), [word, word, word]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], function), arguments[1:])

    return types.int32(*[types.uint64] * 4), generate


# ``copy_bytes(target, source, size)``: addresses and a count; a loop over bytes costs three times as much.
copy_bytes: Callable[[Any, Any, int], None] = cast(Any, intrinsic)(_copy_bytes)

# ``call_c(function, a, b, c)``: an int function of up to three 64-bit arguments; spare ones do no harm.
call_c: Callable[[Any, Any, Any, Any], int] = cast(Any, intrinsic)(_call_c)
