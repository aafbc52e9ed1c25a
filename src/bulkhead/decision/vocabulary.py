"""The names a rule may use, what each is called in both languages, and how it is read from rows.

Besides these a rule reads the window features of ``analysis.features`` and the rule set's own limits
(``limit.<name>``: one amount a currency).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.explanation import Description
from bulkhead.analysis.expression_types import NUMBER, TRUTH, ColumnType, text_type, unknown_name
from bulkhead.analysis.features import ALL_FEATURES, parse_feature
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import CURRENCIES
from bulkhead.kernel.movements import ABSENT, AccountClass, MovementKind, Phase
from bulkhead.kernel.reasons import Words

MONEY = "money"  # the unit of amounts until the row's currency is known
LIMIT_PREFIX = "limit."
CURRENCY_TYPE = text_type({numeric: code for code, (numeric, _) in CURRENCIES.items()})
_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_WEEKDAY_OF_1970_01_01 = 3  # a Thursday; Monday is 0


class Rows(NamedTuple):
    """Movements as the decision sees them: ``kernel.movements.MOVEMENT`` rows and the local effective time."""

    movements: NDArray[np.void]
    local_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowVariable:
    """A value that every movement has, and how to read it as a column."""

    kind: ColumnType
    words: Words
    read: Callable[[Rows], NDArray[Any]]
    unit: str = ""
    needs: str = ""  # the optional column of the source without which it means nothing


def _labels(members: type[IntEnum]) -> ColumnType:
    return text_type({member.value: member.name.lower() for member in members})


def _field(name: str) -> Callable[[Rows], NDArray[Any]]:
    return lambda rows: rows.movements[name]


def _day_of_month(rows: Rows) -> NDArray[np.int64]:
    days = (rows.local_us // _DAY_US).astype("datetime64[D]")
    since_the_first: NDArray[np.int64] = (days - days.astype("datetime64[M]")).astype(np.int64)
    return since_the_first + 1


def _self_dealing(rows: Rows) -> NDArray[np.bool_]:
    payer = rows.movements["payer"]
    same: NDArray[np.bool_] = (payer == rows.movements["payee"]) & (payer != ABSENT)
    return same


def _instructed(rows: Rows) -> NDArray[np.bool_]:
    by, payer, account = (rows.movements[name] for name in ("instructed_by", "payer", "debit_account"))
    own: NDArray[np.bool_] = (by != ABSENT) & ((by == payer) | (by == account))
    return own


ROW_VARIABLES: dict[str, RowVariable] = {
    "amount": RowVariable(NUMBER, Words("amount", "金额"), _field("amount_minor"), unit=MONEY),
    "kind": RowVariable(_labels(MovementKind), Words("kind of movement", "交易类型"), _field("kind")),
    "phase": RowVariable(_labels(Phase), Words("phase", "交易阶段"), _field("phase")),
    "currency": RowVariable(CURRENCY_TYPE, Words("currency", "币种"), _field("currency")),
    "settled": RowVariable(TRUTH, Words("already settled", "已清算"), _field("settled")),
    "debit_class": RowVariable(
        _labels(AccountClass), Words("class of the debited account", "借方账户类别"), _field("debit_class")
    ),
    "credit_class": RowVariable(
        _labels(AccountClass), Words("class of the credited account", "贷方账户类别"), _field("credit_class")
    ),
    "hour": RowVariable(
        NUMBER, Words("local hour", "本地时间（时）"), lambda rows: rows.local_us // _HOUR_US % 24
    ),
    "weekday": RowVariable(
        NUMBER,
        Words("weekday, Monday is 0", "星期（周一为 0）"),
        lambda rows: (rows.local_us // _DAY_US + _WEEKDAY_OF_1970_01_01) % 7,
    ),
    "day": RowVariable(NUMBER, Words("day of the month", "日期（日）"), _day_of_month),
    "has_device": RowVariable(
        TRUTH,
        Words("device is known", "有设备标识"),
        lambda rows: rows.movements["device"] != ABSENT,
        needs="device",
    ),
    "self_dealing": RowVariable(TRUTH, Words("payer is payee", "收付款方为同一人"), _self_dealing),
    "instructed": RowVariable(
        TRUTH, Words("instructed by the payer", "由付款方本人发起指令"), _instructed, needs="instructed_by"
    ),
}

KEY_WORDS = {
    "payer": Words("payer", "付款方"),
    "payee": Words("payee", "收款方"),
    "device": Words("device", "设备"),
}
WINDOW_WORDS = {
    "5m": Words("5 minutes", "5 分钟"),
    "1h": Words("hour", "1 小时"),
    "1d": Words("24 hours", "24 小时"),
    "7d": Words("7 days", "7 天"),
    "30d": Words("30 days", "30 天"),
}
# aggregate -> words with the key before and the window behind, and the unit
AGGREGATE_WORDS = {
    "count": (Words("movements", "交易笔数"), ""),
    "sum": (Words("sum", "累计金额"), MONEY),
    "mean": (Words("mean amount", "笔均金额"), MONEY),
    "std": (Words("standard deviation of amounts", "金额标准差"), MONEY),
    "max": (Words("largest amount", "单笔最大金额"), MONEY),
    "distinct": (Words("different counterparties", "不同交易对手数"), ""),
    "out_share": (Words("share paid out of all paid and received", "转出占收付总额比例"), ""),
    "since_last_s": (Words("time since the last movement", "距上一笔交易"), "s"),
    "new_counterparty": (Words("counterparty not seen for 30 days", "交易对手 30 天内首次出现"), ""),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of money that means the same in every currency it is given for, in minor units of each."""

    name: str
    about: Words
    minor: Mapping[str, int]


class Vocabulary:
    """Row variables, window features and the limits of one rule set."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self.limits = {LIMIT_PREFIX + limit.name: limit for limit in limits}
        self._tables = {name: _by_currency(limit.minor) for name, limit in self.limits.items()}
        self._known = dict.fromkeys((*ROW_VARIABLES, *self.limits, *ALL_FEATURES))

    def type_of(self, name: str) -> ColumnType:
        """The type of a name. Raises ``BadInput`` naming near matches."""
        if name not in self._known:
            raise BadInput(unknown_name(name, self._known))
        return ROW_VARIABLES[name].kind if name in ROW_VARIABLES else NUMBER

    def read(self, name: str, rows: Rows) -> NDArray[Any]:
        """The column of a row variable or a limit; a limit is NaN where its currency has none."""
        if name in self._tables:
            return np.take(self._tables[name], rows.movements["currency"], mode="clip")
        return ROW_VARIABLES[name].read(rows)

    def describe(self, name: str) -> Description:
        """What people call a name of this vocabulary, and its unit."""
        if name in ROW_VARIABLES:
            return Description(ROW_VARIABLES[name].words, ROW_VARIABLES[name].unit)
        if name in self.limits:
            return Description(self.limits[name].about, MONEY)
        return _describe_feature(name)


def _by_currency(minor: Mapping[str, int]) -> NDArray[np.float64]:
    table = np.full(2 + max(numeric for numeric, _ in CURRENCIES.values()), np.nan)
    for code, amount in minor.items():
        table[CURRENCIES[code][0]] = amount
    return table


def is_feature(name: str) -> bool:
    """Whether the window kernel gives this value."""
    return name not in ROW_VARIABLES and not name.startswith(LIMIT_PREFIX)


def needed_column(name: str) -> str:
    """The optional column of the source that a name needs, or ``""``."""
    if is_feature(name):
        return "device" if name.startswith("device.") else ""
    return ROW_VARIABLES[name].needs if name in ROW_VARIABLES else ""


def _describe_feature(name: str) -> Description:
    feature = parse_feature(name)
    key, (words, unit) = KEY_WORDS[feature.key], AGGREGATE_WORDS[feature.aggregate]
    if feature.window is None:
        return Description(Words(f"{key.en}: {words.en}", f"{key.zh}{words.zh}"), unit)
    window = WINDOW_WORDS[feature.window]
    return Description(
        Words(f"{key.en}: {words.en} in the last {window.en}", f"{key.zh}近 {window.zh}{words.zh}"), unit
    )
