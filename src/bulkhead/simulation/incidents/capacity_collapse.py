"""Business grows for weeks until the systems are full; what fails is tried again, and some of it is done twice.

How a person sees it: in ``requests`` the capacity used at the busiest hours climbs week by week, then p99_ms, then
errors; ``instructions`` has some that no movement ever follows, and some followed only hours later; ``movements`` has
the same transfer by the same client to the same payee for the same amount within two minutes, from one phone;
``complaints`` about wrong amounts follow.

Size: how far the load grows (from 1.66 to 3.1 times the usual). Stealth: it grows late and steeply, with fewer
complaints and fewer doubled transfers. Speed: months or days. Truth: the second booking of each doubled transfer is
harm; ``loss_minor`` is the income of the share of the day's business that failed and 50 yuan for each instruction
lost or late. Used capacity is 600 per mille at the gateway's usual peak; above 850, two in three of each further
per mille fail, and half of what fails comes back as load. add-capacity (per mille of the usual) works three days
after it is ordered; shed-load (per mille of the growth turned away) at once.
"""

from __future__ import annotations

from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import HOUR_US, SECOND_US
from bulkhead.simulation.incidents._course import Course, hidden_per_mille, shown
from bulkhead.simulation.incidents._mishap import INCOME_DAY_MINOR, YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain, instruct, post
from bulkhead.simulation.incidents._unrest import Unrest
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part
from bulkhead.simulation.platform.responses import ACTIONS

GROWTH_PER_MILLE, GROWTH_A_STEP_PER_MILLE = 500, 160
USED_PER_MILLE, FULL_PER_MILLE, FAILING_MAX_PER_MILLE = 600, 850, 700
ORDERED_DAYS = ACTIONS["add-capacity"].lead_days
HURT_A_DAY_MAX = 400
SMALLEST_MINOR, LARGEST_MINOR = 200 * YUAN, 5000 * YUAN
COMPENSATION_MINOR = 50 * YUAN
SILENT_FROM_PER_MILLE = 150  # failing more than this, the systems stop answering at the busiest hour
TEXTS = (
    "{us}转账显示失败，重试一次结果扣了两遍钱",
    "{us}晚上八点根本登不上，天天这样",
    "{us}提现两个小时还没动静",
)


def failing_per_mille(load_per_mille: int, capacity_per_mille: int) -> int:
    """Share of instructions that fail, both arguments against the usual; retries are counted in."""
    failing = 0
    for _ in range(3):  # retries bring load, load brings failures: three rounds are near the end of it
        asked = load_per_mille * (1000 + failing // 2) // 1000
        used = USED_PER_MILLE * asked // max(1, capacity_per_mille)
        failing = min(FAILING_MAX_PER_MILLE, max(0, used - FULL_PER_MILLE) * 2 // 3)
    return failing


class CapacityCollapse(Mishap):
    """Growth over two thirds of the course, then weeks at the top of it."""

    usual_days = 60
    after_days = 8

    def prepare(self) -> None:
        self.unrest = Unrest()
        self.growth = Course(self.course.first_day, max(1, self.course.days * 2 // 3))

    def act(self, day: Day) -> None:
        failing = 0
        if self.course.runs_on(day.number):
            failing = failing_per_mille(self._load(day), self._capacity(day))
        if failing:
            self._fail(day, failing)
        said = self.force("publish-correction", day.number) > 0
        self.unrest.stir(day.conditions, failing // 2, said_openly=said)

    def _load(self, day: Day) -> int:
        """Against the usual, after what is turned away; the day's conditions follow it."""
        peak = GROWTH_PER_MILLE + self.size * GROWTH_A_STEP_PER_MILLE
        above = self.growth.level(day.number, peak, late_per_mille=hidden_per_mille(self.stealth))
        day.conditions.load_per_mille += above
        self.plot.touch(day.at(20))
        return 1000 + above * (1000 - self.dose_per_mille("shed-load", day.number)) // 1000

    def _capacity(self, day: Day) -> int:
        """The usual, and what was ordered early enough to be in use."""
        return day.conditions.capacity_per_mille + self.force("add-capacity", day.number - ORDERED_DAYS)

    def _fail(self, day: Day, failing: int) -> None:
        if failing > SILENT_FROM_PER_MILLE:
            minutes = failing * 240 // 1000
            day.conditions.down_minutes += minutes
            self.plot.down_minutes += minutes
        self.plot.loss_minor += self.clients * INCOME_DAY_MINOR * failing // 1000
        hurt = min(HURT_A_DAY_MAX, 1 + self.clients * failing // 60_000)
        doubled = shown(hurt * 4 // 10, self.stealth)
        payers = self.some_clients(hurt, day.number, 2 * SMALLEST_MINOR)
        others = [each for each in self.some_clients(2 * hurt, day.number) if each not in payers]
        for place, (client, other) in enumerate(zip(payers, others, strict=False)):
            if place < doubled:
                self._twice(day, client, other)
            else:
                self._late_or_lost(day, client, other, lost=place % 2 == 0)
        complain(self, day, "wrong-amount", shown(1 + hurt // 3, self.stealth))
        post(self, day, "outage", TEXTS, shown(failing // 60, self.stealth))

    def _amount_minor(self, day: Day, client: int, times: int) -> int:
        """An amount that is there so many times, and is spoken for from now on."""
        most = min(LARGEST_MINOR, int(self.platform.free_minor[client]) // times)
        amount_minor = self.draw.between(SMALLEST_MINOR, most) // YUAN * YUAN
        day.spoken_for[client] = day.spoken_for.get(client, 0) + times * amount_minor
        return amount_minor

    def _twice(self, day: Day, client: int, other: int) -> None:
        """The first try was carried out although it looked failed; the second is carried out as well."""
        people, amount_minor = self.platform.people, self._amount_minor(day, client, 2)
        payer, payee, device = (
            int(c) for c in (people.number[client], people.number[other], people.device[client])
        )
        at_us = self.moment_us(day, 19, 3)
        for part, delay_us in ((Part.DEED, 0), (Part.HARM, self.draw.between(20, 110) * SECOND_US)):
            day.move(
                self.plot, part, at_us + delay_us, MovementKind.TRANSFER, amount_minor, payer, payee, device=device
            )

    def _late_or_lost(self, day: Day, client: int, other: int, *, lost: bool) -> None:
        """An instruction of the afternoon that is carried out late in the evening, or never."""
        people, amount_minor = self.platform.people, self._amount_minor(day, client, 1)
        payer, payee, device = (
            int(c) for c in (people.number[client], people.number[other], people.device[client])
        )
        asked_us = self.moment_us(day, 13, 4)
        instruct(self, day, asked_us, MovementKind.TRANSFER, amount_minor, payer)

        self.plot.loss_minor += COMPENSATION_MINOR
        if not lost:
            at_us = asked_us + 5 * HOUR_US + self.draw.below(HOUR_US)
            day.move(self.plot, Part.DEED, at_us, MovementKind.TRANSFER, amount_minor, payer, payee, device=device)


INCIDENT = IncidentKind(
    "capacity-collapse",
    Family.TECHNICAL,
    Words("Systems outgrown by volume", "业务量超出系统容量"),
    Words(
        "Business grows until the systems are full. Instructions fail, are late or lost, and are carried out twice "
        "when clients try again.",
        "业务持续增长直至系统饱和，指令反复失败、延迟或丢失，客户重试后被重复扣款。",
    ),
    CapacityCollapse.usual_days,
    ("requests", "instructions", "movements", "complaints"),
    CapacityCollapse.begin,
)
