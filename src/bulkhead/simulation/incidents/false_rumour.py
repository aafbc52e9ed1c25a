"""A handful of accounts spread, in nearly the same words, that clients' money is gone. It is not; many withdraw.

How a person sees it: ``posts`` about us with the topic rumour that repeat the same sentences, from few channels,
passed on far more often than usual, while ``treasury``, the bank statement and ``requests`` show nothing wrong;
withdrawals rise a day or two later, complaints about withdrawals with them.

Size: posts and how hot it gets. Stealth: different words, fewer repeats, longer between them. Speed: from a slow
whisper to one evening. Truth: ``loss_minor`` is 40 yuan for each complaint and the interest of one month, at 6 % a
year, on the emergency money that the extra withdrawals need. An open correction cools it.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import hidden_per_mille, interest_minor, shown
from bulkhead.simulation.incidents._mishap import YUAN, Mishap
from bulkhead.simulation.incidents._traces import complain, post
from bulkhead.simulation.incidents._unrest import Unrest
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.surroundings.voices import POST_CHANNELS

HEAT_A_STEP = 130
COMPLAINT_COST_MINOR = 40 * YUAN
EMERGENCY_RATE_BP = 600
EMERGENCY_MINOR = 40 * YUAN  # a client, at the talk of the town
SAME_WORDS = (
    "内部消息：{us}资金链断了，今晚就要限制提现，赶紧转出来！！",
    "亲戚在{us}上班，说老板已经跑了，大家快提现，转发救人！！",
)
OTHER_WORDS = (
    "听说{us}最近提现变慢了，有没有人知道怎么回事",
    "{us}还安全吗？群里都在传，我先取出来看看",
    "朋友圈有人说{us}托管银行要解约，不知真假",
    "大家在{us}的钱都拿出来没有？我有点慌",
    "刚从{us}提了一半，剩下的再观望两天",
)


class FalseRumour(Mishap):
    """A rumour from its first post until nobody speaks of it any more."""

    usual_days = 6
    after_days = 8

    def prepare(self) -> None:
        self.unrest = Unrest()
        self.channels = tuple(self.draw.pick_many(POST_CHANNELS, 2))

    def act(self, day: Day) -> None:
        answered = self.dose_per_mille("publish-correction", day.number)
        heat = self._heat(day) * (1000 - answered * 8 // 10) // 1000
        self.unrest.stir(day.conditions, heat, said_openly=answered > 0)
        if heat:
            self._spread(day, heat)
        angry = complain(self, day, "withdrawal", self.clients * self.unrest.yesterday // 1_500_000)
        emergency_minor = self.clients * EMERGENCY_MINOR * self.unrest.yesterday // 1000
        self.plot.loss_minor += angry * COMPLAINT_COST_MINOR + interest_minor(
            emergency_minor, EMERGENCY_RATE_BP, 30
        )

    def _heat(self, day: Day) -> int:
        """All of it in the course: equally spread, so that a fast rumour is a hot one."""
        if not self.course.runs_on(day.number):
            return 0
        return self.size * HEAT_A_STEP * 8 // (2 + self.course.days)

    def _spread(self, day: Day, heat: int) -> None:
        """The same words by the few who began it, other people's own words by and by."""
        few = shown(max(1, heat // 60), self.stealth)
        echoes = 240 - hidden_per_mille(self.stealth) * 200 // 1000
        post(self, day, "rumour", SAME_WORDS, few, channels=self.channels, echoes=echoes)
        post(self, day, "rumour", OTHER_WORDS, max(1, heat // 150), echoes=30)


INCIDENT = IncidentKind(
    "false-rumour",
    Family.REPUTATION,
    Words("False rumour", "不实传闻"),
    Words(
        "A few accounts claim, over and over in the same words, that the platform cannot pay. People withdraw.",
        "少数账号反复用雷同话术散布“平台资金链断裂”的谣言，客户信以为真，纷纷提现。",
    ),
    FalseRumour.usual_days,
    ("posts", "complaints", "movements"),
    FalseRumour.begin,
)
