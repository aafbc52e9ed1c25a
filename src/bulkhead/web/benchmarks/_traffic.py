"""Movements at a steady rate through the engine's port, as a platform would send them."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime

from bulkhead.runtime.service.commands import Movement
from bulkhead.runtime.service.engine_client import EngineClient

BATCH = 250
CLIENTS = 5_000
ALARMING = 0.02  # withdrawals of what is not there


class Traffic:
    """Sends from a thread of its own until the block ends."""

    def __init__(self, client: EngineClient, per_s: int, seed: int) -> None:
        self._client, self._per_s = client, per_s
        self._seed, self._dice = seed, random.Random(seed)
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self.sent = 0

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *failed: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            next_s = time.monotonic()
            while not self._stop.is_set():
                self._client.send(self._batch())
                self.sent += BATCH
                next_s += BATCH / self._per_s
                time.sleep(max(0.0, next_s - time.monotonic()))
        except BaseException as failure:  # the thread that measures must hear of it
            self._failure = failure
            raise

    def _batch(self) -> list[Movement]:
        now = datetime.now(UTC).isoformat()
        return [self._movement(self.sent + k, now) for k in range(BATCH)]

    def _movement(self, number: int, now: str) -> Movement:
        dice, name = self._dice, f"client-{self._dice.randrange(CLIENTS)}"
        amount = f"{dice.randrange(100, 50_000) / 100:.2f}"
        if dice.random() < ALARMING:
            return Movement(
                id=f"{self._seed}-{number}",
                time=now,
                kind="withdrawal",
                amount="9999999.00",
                payer=name,
                payee="bank:AB/1",
                instructed_by=name,
            )
        return Movement(
            id=f"{self._seed}-{number}", time=now, kind="deposit", amount=amount, payee=name, settled=True
        )
