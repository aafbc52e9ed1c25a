"""Play a simulated world through the real engine, database and all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.leaves import MovementLeaf, decode_movement_leaf
from bulkhead.kernel.movements import MovementBatch
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service.commands import Movement
from bulkhead.runtime.service.inbox import NotTaken
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.wiring import Writer, institution_codes
from bulkhead.simulation.lending.passing_trade import PassingTrade
from bulkhead.simulation.world import PlayableWorld
from bulkhead.simulation.world_files import movement_record

TRADE_EVERY_S = 0.7
OnDecision = Callable[[MovementLeaf], None]


def fresh_opening(database: Database, world: PlayableWorld) -> InstitutionOpened:
    """The world's institution under a code nobody has used, so that every run has a journal of its own."""
    used, code = set(institution_codes(database)), world.institution.code
    for number in range(2, len(used) + 3):
        if code not in used:
            break
        code = f"{world.institution.code}-{number}"
    return replace(world.institution, code=code)


def play(writer: Writer, world: PlayableWorld, on_decision: OnDecision, rows_max: int) -> float:
    """Decide, book and seal the whole world; gives the seconds the engine took.

    ``on_decision`` is told of each movement once it is durable, in order.
    """
    engine_s = 0.0
    for item in world.stream(writer.stores.vault, rows_max):
        began_s = time.perf_counter()
        if not isinstance(item, MovementBatch):
            writer.loop.apply(item)
            engine_s += time.perf_counter() - began_s
            continue
        stepped = writer.loop.step(item)
        assert not stepped.repeats, "a world uses an id once"
        writer.loop.commit(stepped).result()
        engine_s += time.perf_counter() - began_s
        for k in range(len(stepped.sealed.leaves)):
            on_decision(decode_movement_leaf(stepped.sealed.leaves[k]))
    return engine_s


def trade_on(serving: Serving, trade: PassingTrade, stop: threading.Event, now_us: Callable[[], int]) -> None:
    """Let a world's business go on in real time, a movement or a few every second, until ``stop`` is set.

    The engine may refuse or hold what comes; it is asked again at the next moment when it has too much to do.
    """
    institution = serving.institution
    while not stop.wait(TRADE_EVERY_S):
        records = (movement_record(movement, institution) for movement in trade.at(now_us()))
        try:
            serving.send([Movement(**record) for record in records])
        except NotTaken:
            continue
