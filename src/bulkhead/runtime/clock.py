"""The one wall clock of the house."""

from __future__ import annotations

import time


class SystemClock:
    """UTC microseconds of this machine."""

    def now_us(self) -> int:
        return time.time_ns() // 1_000
