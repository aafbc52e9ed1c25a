"""How often wrong tokens have come from an address, so that nobody can go on guessing."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from bulkhead.kernel.reasons import Words
from bulkhead.web.api.errors import ApiError, Failure

FAILURES_MAX = 20
WINDOW_S = 60.0
ADDRESSES_MAX = 10_000


class Attempts:
    """Failures by address within a window, in this process; the oldest addresses are forgotten first."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def check(self, request: HttpRequest, words: Words) -> None:
        """Raises ``ApiError`` 429 for an address that has failed too often."""
        with self._lock:
            since_s, count = self._of(str(get_client_ip(request)))
        left_s = since_s + WINDOW_S - time.monotonic()
        if count >= FAILURES_MAX:
            raise ApiError(Failure(429, "too-many", words, retry_s=max(1, round(left_s))))

    def failed(self, request: HttpRequest) -> bool:
        """Count a failure; True for the one that closes the door."""
        address = str(get_client_ip(request))
        with self._lock:
            since_s, count = self._of(address)
            self._failures[address] = (since_s, count + 1)
            self._failures.move_to_end(address)
            while len(self._failures) > ADDRESSES_MAX:
                self._failures.popitem(last=False)
        return count + 1 == FAILURES_MAX

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._failures.clear()

    def _of(self, address: str) -> tuple[float, int]:
        now_s = time.monotonic()
        since_s, count = self._failures.get(address, (now_s, 0))
        return (now_s, 0) if now_s - since_s > WINDOW_S else (since_s, count)


WRONG_TOKENS = Attempts()
