"""Compilation of hot loops to machine code, kept on disk where a folder can be written."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """`kernel` compiled by numba when it is first called; import this module only where the call is worth it.

    The machine code is kept beside the source, or in the user's cache folder when the package is read-only
    (`NUMBA_CACHE_DIR` names another). Where none of them can be written it is compiled once in each process.
    """
    try:
        return cast(Kernel, njit(cache=True, nogil=True)(kernel))
    except RuntimeError:
        return cast(Kernel, njit(nogil=True)(kernel))


def _prefetch(_context: Any, array: Any, index: Any) -> Any:
    """Ask for `array[index]` to be fetched into the cache, without waiting for it; for use inside kernels."""

    def instruction(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(
            builder.module, kind, "llvm.prefetch.p0"
        )
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        # A read, of data, that all levels of the cache should keep.
        builder.call(function, [place, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), instruction


prefetch: Callable[[Any, Any], None] = cast(Any, intrinsic(_prefetch))
