"""Hours and weekdays of card payments, which are themselves simulated: a comparison, no truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted.tables import Shape, Table
from bulkhead.simulation.fitting.writing import shares

FILE = "card_payments/2018-04_2018-07.parquet"
_SOURCE = "Fraud Detection Handbook, simulated-data-raw (itself simulated)"
_ON = Words(
    "1,169,723 card payments, April to July 2018; the source is a simulation, so this shows only its authors' view",
    "2018 年 4 至 7 月 1,169,723 笔刷卡交易；来源本身为模拟数据，只反映其作者的假设",
)
_PLAIN = Words("none: counts", "不换算：笔数")


def fit(data: Path) -> list[Table]:
    """Weights of hours and of weekdays."""
    path = data / FILE
    if not path.is_file():
        raise BadInput(f"{path} is missing; the fits need the whole data folder.")
    times = pq.read_table(path, columns=["TX_DATETIME"])["TX_DATETIME"]
    hours = np.bincount(pc.hour(times).to_numpy(), minlength=24)
    weekdays = np.bincount(pc.day_of_week(times).to_numpy(), minlength=7)
    titles = {
        "card-hour": Words("Hour of card payments", "刷卡交易的小时分布"),
        "card-weekday": Words("Weekday of card payments, Monday first", "刷卡交易的星期分布（周一起）"),
    }
    return [
        Table(code, Shape.WEIGHTS, title, _SOURCE, _ON, len(times), "weights of 10,000", _PLAIN, shares(counts),
              tuple(range(len(counts))))
        for (code, title), counts in zip(titles.items(), (hours, weekdays), strict=True)
    ]  # fmt: skip
