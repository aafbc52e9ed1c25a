"""One fault run: callers, a bad line, engines that come and go, and at the end the question whether all is true."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass

from structlog.testing import capture_logs

from bulkhead.engine.machine import Machine
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.memory import MemoryStorage
from bulkhead.kernel.protocols import LeaseHeld
from bulkhead.runtime.fault_runs.process import KEY, MISHAPS, EngineProcess, Parts
from bulkhead.runtime.fault_runs.seeded_workers import Killed
from bulkhead.runtime.fault_runs.site import Site
from bulkhead.simulation.faults.customers import Customer
from bulkhead.simulation.faults.judging import (
    entries,
    judge_books,
    judge_lives,
    judge_marks,
    judge_office,
    judge_projections,
    judge_promises,
    whole,
)
from bulkhead.simulation.faults.ledger import Broken, demand
from bulkhead.simulation.faults.letters import Asked, MovementsTold, Told
from bulkhead.simulation.faults.officers import Officers
from bulkhead.simulation.faults.post import Post
from bulkhead.simulation.faults.weather import Trouble

TURNS_MAX = 900
TURNS_BAD = (20, 60)  # then the weather turns calm, so that whatever was asked must come to an answer
TURN_US_MAX = 2_000_000
UNDISTURBED_IDS = 4096  # more than a run has, so that the judge's machine looks nothing up
ENGINES_MAX = 3  # at once; all but one of them are superseded or stand still


@dataclass(frozen=True, slots=True)
class Played:
    """What one run came to. ``broken`` says in one sentence what does not hold; "" when all does."""

    seed: int
    leaves: int
    acknowledged: int
    sent_again: int
    engines: int
    crashes: int
    faults: Counter[str]
    steps: tuple[str, ...]
    broken: str = ""


def play(seed: int, parts: Parts | None = None) -> Played:
    """Play the run of a seed: the same seed gives the same run, step by step."""
    run = _Run(seed, parts or Parts())
    broken = ""
    try:
        with capture_logs():  # faults are what is asked for here; the trace has them
            run.live()
        run.judge()
    except Broken as what:
        broken = str(what)
    except Exception as bug:  # noqa: BLE001 - whatever it is, a seed that shows it is what this is for
        where = traceback.extract_tb(bug.__traceback__)[-1]
        broken = f"{type(bug).__name__} in {where.name}: {bug}"
    if broken:
        run.site.note(f"BROKEN: {broken}")
    return run.played(broken)


class _Run:
    def __init__(self, seed: int, parts: Parts) -> None:
        self.site = Site(seed)
        self._parts = parts
        self._draw = self.site.draw("run")
        weather = self.site.weather
        self._to_engine: Post[tuple[EngineProcess, Asked]] = Post(weather, self.site.draw("post to engines"))
        self._to_caller: Post[Told] = Post(weather, self.site.draw("post to callers"))
        self._customers = [
            Customer(name, self.site.draw(name), weather, self._draw.between(6, 18))
            for name in ("north", "south")[: self._draw.between(1, 2)]
        ]
        self._officers = Officers(self.site.draw("office"), self._draw.between(3, 9), self._holds_in_review)
        self._engines: list[EngineProcess] = []
        self._begun = self._wrote = self._crashes = 0

    def live(self) -> None:
        """Turn after turn until everybody has what they asked for."""
        bad_turns = self._draw.between(*TURNS_BAD)
        for turn in range(TURNS_MAX):
            self.site.now_us += self._draw.between(1, TURN_US_MAX)
            if turn == bad_turns:
                self.site.note("from here on the weather is calm")
                self.site.weather.calm = True
            if turn > bad_turns and self._content():
                break
            if self.site.weather.strikes(Trouble.POWER):
                self._lose_power()
            self._begin_engines()
            self._ask()
            for engine, asked in self._to_engine.arrived(self.site.now_us):
                if engine.alive:
                    engine.take(asked)
            for engine in self._draw.pick_many(self._engines, len(self._engines)):
                if engine in self._engines:  # unless the power is lost in between
                    self._turn(engine)
            self._hear()
        demand(self._content(), f"after {TURNS_MAX} turns, the last of them calm, something is not answered yet")
        self._end()

    def judge(self) -> None:
        """Raises ``Broken`` with the first thing that does not hold."""
        demand(not self.site.violations, "; ".join(self.site.violations))
        machine, tables = self._last.machine, self.site.tables
        leaves = whole(tables.batches, MemoryStorage(tables).head())
        journal = entries(leaves)
        judge_promises(journal, self._customers)
        judge_office(journal, self._officers.told)
        judge_books(journal, machine)
        judge_lives(leaves, machine, lambda: Machine(KEY, UNDISTURBED_IDS))
        projections = self.site.projections
        judge_projections(machine, list(projections.names.values()), sorted(projections.leaves))
        judge_marks(machine, projections.last_balances())

    def played(self, broken: str) -> Played:
        answered = sum(
            bool(wish.answer and not wish.answer.problem) for c in self._customers for wish in c.wishes.values()
        )
        return Played(
            seed=self.site.seed,
            leaves=MemoryStorage(self.site.tables).head().size,
            acknowledged=answered + len(self._officers.told),
            sent_again=sum(c.repeats for c in self._customers) + self._officers.repeats,
            engines=self._wrote,
            crashes=self._crashes,
            faults=Counter({kind.value: count for kind, count in self.site.weather.met.items()}),
            steps=tuple(self.site.steps),
            broken=broken,
        )

    def _content(self) -> bool:
        return all(c.content for c in self._customers) and self._officers.content

    def _holds_in_review(self) -> list[str]:
        answered = [(c.wishes[one], one) for c in self._customers for one in c.wishes]
        return [one for wish, one in answered if wish.answer and wish.answer.outcome == "hold"][-6:]

    def _begin_engines(self) -> None:
        """An engine where none answers; a second one now and then, which must find the lease held or lapsed."""
        at_work = [engine for engine in self._engines if not engine.stalled]
        rival = bool(at_work) and self.site.weather.strikes(Trouble.RIVAL)
        if (at_work and not rival) or len(self._engines) >= ENGINES_MAX:
            return
        self._begun += 1
        try:
            self._engines.append(EngineProcess(self.site, self._begun, self._parts))
            self._wrote += 1
        except LeaseHeld as held:
            self.site.note(f"engine {self._begun} stays out: {held}")
        except MISHAPS as mishap:
            self.site.note(f"engine {self._begun} cannot begin: {mishap}")
            demand(not self.site.weather.calm, f"in calm weather no engine can begin: {mishap}")
        except Killed:
            self._crashes += 1
        except BadInput as damage:
            raise Broken(f"no engine can begin any more: {damage}") from None

    def _lose_power(self) -> None:
        self.site.note("power is lost")
        self.site.power_lost = False
        for engine in self._engines:
            engine.die()
            self._crashes += 1
        self._engines = []
        self.site.projections.lose_unsafe()

    def _ask(self) -> None:
        if not self._engines:
            return
        callers: list[Customer | Officers] = [*self._customers, self._officers]
        for caller in callers:
            if not self._draw.chance(400):
                continue
            letter = caller.letter(self.site.now_us)
            if letter is not None:  # the port of the newest engine, or a connection to an older one
                engine = self._engines[-1] if self._draw.chance(800) else self._draw.pick(self._engines)
                self._to_engine.send((engine, letter), self.site.now_us)

    def _turn(self, engine: EngineProcess) -> None:
        for told in engine.turn():
            self._to_caller.send(told, self.site.now_us)
        demand(not self.site.violations, "; ".join(self.site.violations))
        if self.site.power_lost:
            self._lose_power()
        elif not engine.alive:
            self._crashes += 1
            self._engines.remove(engine)
            sound = not engine.born_calm or "LeaseLost" in engine.failure
            demand(sound, f"in calm weather {engine.name} fails: {engine.failure}")

    def _hear(self) -> None:
        callers = {customer.name: customer for customer in self._customers}
        for told in self._to_caller.arrived(self.site.now_us):
            if isinstance(told, MovementsTold):
                callers[told.asked.caller].hear(told)
            else:
                self._officers.hear(told)

    def _end(self) -> None:
        """All engines end, the newest last; one more begins from what is stored and ends in good order."""
        for engine in self._engines:
            engine.stop()
        self.site.now_us += TURN_US_MAX * 60
        self._engines = []
        self._begin_engines()
        demand(len(self._engines) == 1, "after all have ended no engine can begin")
        self._last = self._engines[0]
        self._last.stop()
        demand(not self._last.failure, f"the last engine fails: {self._last.failure}")
