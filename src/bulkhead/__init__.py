"""Bulkhead (隔舱): risk monitoring and prevention for money that is held for others."""

import os
import sys
from hashlib import blake2b
from pathlib import Path

__version__ = "0.1.0"

_COMPILED_ROOMS = ("kernel", "analysis", "custody", "decision", "engine")


def _compiled_code_folder() -> Path:
    """Beside the virtual environment, a folder for each state of the source.

    numba notices when the file of a compiled function changes, but not when a function or a constant that it
    took from another file does. Old machine code must not book money, so any change compiles anew.
    """
    here = Path(__file__).parent
    files = sorted(path for room in _COMPILED_ROOMS for path in (here / room).rglob("*.py"))
    state = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return Path(sys.prefix).parent / ".bulkhead-cache" / blake2b(repr(state).encode(), digest_size=8).hexdigest()


if sys.prefix != sys.base_prefix:  # numba reads this when it is first imported, which is below this package
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_compiled_code_folder()))
