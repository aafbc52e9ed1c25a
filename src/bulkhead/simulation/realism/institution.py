"""Each fitted distribution, real and simulated: loans, the crowd's days, hours, the platform, the market."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitted import table, weights
from bulkhead.simulation.fitting.fund import daily_sums
from bulkhead.simulation.fitting.markets import usd_cny
from bulkhead.simulation.fitting.reading import columns_of, numbers
from bulkhead.simulation.platform.loans import LoanState
from bulkhead.simulation.realism.comparing import NONE, YUAN, classes, distribution
from bulkhead.simulation.realism.observing import Observed
from bulkhead.simulation.realism.result import Classes, Distribution, Number
from bulkhead.simulation.realism.statistics import Sample

_PERCENT = Words("% a year", "%/年")
_MONTHS = Words("months", "个月")
_STANDARD = Words("standard deviations", "个标准差")
_TREND_DAYS = 29
_UNBOUNDED = float("inf")


def loan_distributions(data: Path, seen: Observed) -> list[Distribution]:
    """Sizes, rates and terms of loans."""
    raw = columns_of(data / "credit/loans_full_schema.csv.gz")
    panel = columns_of(data / "p2p_platforms/platData.csv")
    club, wdzj = table("loan-amount").source, table("platform-rate").source
    loans = seen.loans
    terms, returns = numbers(panel["loanPeriod"]), numbers(panel["incomeRate"])
    return [
        distribution("loan-amount", Words("Size of loans", "借款金额"), club, YUAN,
                     5 * numbers(raw["loan_amount"]), loans.amount_minor / 100, logarithmic=True),
        distribution("loan-rate", Words("Rates borrowers pay", "借款利率"), club, _PERCENT,
                     numbers(raw["interest_rate"]), loans.rate_bp / 100),
        distribution("platform-rate", Words("Rates: platforms of 2017", "利率：对照 2017 年各平台"), wdzj, _PERCENT,
                     returns[returns > 0], loans.rate_bp / 100),
        distribution("platform-term", Words("Terms: platforms of 2017", "期限：对照 2017 年各平台"), wdzj, _MONTHS,
                     terms[terms > 0], loans.months.astype(np.float64)),
    ]  # fmt: skip


def crowd_distributions(data: Path, seen: Observed) -> list[Distribution]:
    """Each day against the days around it: the fund's sums, and how many of the world's lenders moved money."""
    _, real = daily_sums(data)
    source = table("redemption-noise").source
    return [
        distribution(
            f"{code}-day-sum", title, source, NONE, around_trend(real[code]), around_trend(sums), logarithmic=True
        )
        for code, title, sums in (
            ("purchase", Words("A day's deposits against its month", "单日入金与当月水平之比"), seen.deposits),
            (
                "redemption",
                Words("A day's withdrawals against its month", "单日出金与当月水平之比"),
                seen.withdrawals,
            ),
        )
    ]


def around_trend(sums: Sample | NDArray[np.int64]) -> Sample:
    """float64[days - 28]: each day over the median of the four weeks around it; days before any sum are left out."""
    values = np.asarray(sums, np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(values, _TREND_DAYS)
    middle = values[_TREND_DAYS // 2 : _TREND_DAYS // 2 + len(windows)]
    medians = np.median(windows, axis=1)
    known = (medians > 0) & (middle > 0)
    return np.asarray(middle[known] / medians[known])


def hours(seen: Observed) -> list[Classes]:
    """Hours of movements that people instruct, against card payments (themselves simulated)."""
    real = np.array(weights("card-hour"), np.int64)
    names = tuple(f"{hour:02d}" for hour in range(24))
    title = Words("Hour of the day, against simulated card payments", "小时分布，对照（同为模拟的）刷卡数据")
    return [classes("hour", title, table("card-hour").source, names, real, seen.hours)]


def market_distributions(data: Path, seen: Observed) -> list[Distribution]:
    """Daily changes, each in its own standard deviation: the shape of shocks."""
    rates = columns_of(data / "markets/shibor_2016.csv")
    real = {
        "shibor-on": numbers(rates["on"]),
        "shibor-3m": numbers(rates["3m"]),
        "gov-5y": numbers(columns_of(data / "markets/cn_gov_5y.csv")["收盘"])[::-1],
        "usd-cny": usd_cny(data),
    }
    made = []
    for code, values in real.items():
        if code in seen.market:
            title = table(f"market-{code}").title
            named = Words(f"{title.en}: daily changes", f"{title.zh}：日变动")
            made.append(distribution(f"market-{code}", named, table(f"market-{code}").source, _STANDARD,
                                     _standard(values), _standard(_trading(seen, code))))  # fmt: skip
    return made


def single_numbers(data: Path, seen: Observed) -> list[Number]:
    """What is one number in each world."""
    return [*_crowd_numbers(data, seen), *_platform_numbers(data, seen), *_market_numbers(data, seen)]


def _crowd_numbers(data: Path, seen: Observed) -> list[Number]:
    days, real = daily_sums(data)
    source = table("redemption-noise").source
    first = date(1970, 1, 1).toordinal() + (seen.setting.start_us + 8 * 3_600_000_000) // 86_400_000_000
    made_days = [date.fromordinal(first + day) for day in range(seen.setting.days)]
    made = []
    for code, en, zh, sums in (
        ("purchase", "deposits", "入金", seen.deposits),
        ("redemption", "withdrawals", "出金", seen.withdrawals),
    ):
        lasting = [_persistence(*both) for both in ((days, real[code]), (made_days, sums.astype(np.float64)))]
        monday = [_weekday_ratio(*both) for both in ((days, real[code]), (made_days, sums.astype(np.float64)))]
        error = 2 / np.sqrt(len(days))
        made += [
            Number(f"{code}-persistence", Words(f"Persistence of {en} from day to day", f"{zh}的逐日持续性"), source,
                   lasting[0], lasting[0] - error, lasting[0] + error, lasting[1]),
            Number(f"{code}-monday", Words(f"Mondays against Saturdays: {en}", f"周一与周六之比：{zh}"), source,
                   monday[0], 0.75 * monday[0], 1.33 * monday[0], monday[1]),
        ]  # fmt: skip
    return made


def _persistence(days: list[date], sums: Sample) -> float:
    """Correlation of a day's left-over with the day before's, after trend and weekday."""
    left, weekdays = np.log(around_trend(sums)), np.array([day.weekday() for day in days])
    weekdays = weekdays[_TREND_DAYS // 2 : _TREND_DAYS // 2 + len(left)]
    for weekday in range(7):
        left[weekdays == weekday] -= np.median(left[weekdays == weekday])
    left = np.clip(left, *np.quantile(left, (0.02, 0.98)))
    return float(np.corrcoef(left[1:], left[:-1])[0, 1])


def _weekday_ratio(days: list[date], sums: Sample) -> float:
    around, weekdays = around_trend(sums), np.array([day.weekday() for day in days])
    weekdays = weekdays[_TREND_DAYS // 2 : _TREND_DAYS // 2 + len(around)]
    return float(np.median(around[weekdays == 0]) / np.median(around[weekdays == 5]))


def _platform_numbers(data: Path, seen: Observed) -> list[Number]:
    """The platform among those of 2017: the middle 90 % of them bound what is usual."""
    panel = columns_of(data / "p2p_platforms/platData.csv")
    source, loans = table("platform-rate").source, seen.loans
    running = np.isin(loans.state, (LoanState.RUNNING, LoanState.LATE))
    owed = _summed(loans.borrower[running], loans.amount_minor[running])
    _, share = loans.shares_in(np.flatnonzero(running))
    lent = _summed(loans.share_lender[share], loans.share_minor[share])
    lenders, borrowers = numbers(panel["bidderNum"]), numbers(panel["borrowerNum"])
    both = (lenders > 0) & (borrowers > 0)
    described: tuple[tuple[str, Words, Sample | None, float], ...] = (
        ("lenders-per-borrower", Words("Lenders for each borrower", "每名借款人对应的出借人数"),
         lenders[both] / borrowers[both], np.count_nonzero(lent) / max(1.0, float(np.count_nonzero(owed)))),
        ("top-ten-borrowers", Words("Part of all debt that ten borrowers owe", "前十大借款人待还占比"),
         numbers(panel["top10DueInProportion"]) / 100, _top_ten(owed)),
        ("top-ten-lenders", Words("Part of all claims that ten lenders hold", "前十大出借人待收占比"),
         numbers(panel["top10StayStillProportion"]) / 100, _top_ten(lent)),
        ("lender-below-10000", Words("Lenders who hold less than 10,000 yuan", "持有不足 1 万元的出借人占比"),
         None, float(np.mean(lent[lent > 0] < 1_000_000))),
        ("borrower-below-10000", Words("Borrowers who owe less than 10,000 yuan", "欠款不足 1 万元的借款人占比"),
         None, float(np.mean(owed[owed > 0] < 1_000_000))),
        ("default-share", Words("Loans of the year gone bad", "当年发放贷款中的不良占比"), None,
         float(np.mean(np.isin(loans.state, (LoanState.DEFAULTED,))))),
    )  # fmt: skip
    known = {
        "lender-below-10000": weights("lender-size")[0] / sum(weights("lender-size")),
        "borrower-below-10000": weights("borrower-size")[0] / sum(weights("borrower-size")),
        "default-share": float(np.average(table("loan-bad-share").values, weights=weights("loan-grade"))) / 1000,
    }
    made = []
    for code, title, sample, simulated in described:
        if sample is None:
            made.append(Number(code, title, source, known[code], 0.5 * known[code], 1.5 * known[code], simulated))
            continue
        usual = sample[(sample > 0) & (sample < _UNBOUNDED)]
        low, middle, high = np.quantile(usual, (0.05, 0.5, 0.95))
        made.append(Number(code, title, source, float(middle), float(low), float(high), float(simulated)))
    return made


def _summed(places: NDArray[np.int32], amounts: NDArray[np.int64]) -> Sample:
    return np.asarray(np.bincount(places, amounts), np.float64)


def _top_ten(amounts: NDArray[np.float64]) -> float:
    return float(np.sort(amounts)[-10:].sum() / max(1.0, amounts.sum()))


def _market_numbers(data: Path, seen: Observed) -> list[Number]:
    """How far rates move on a day: the fitted volatility, give or take a third."""
    made = []
    for code in ("shibor-on", "shibor-3m", "gov-5y"):
        found = table(f"market-{code}")
        if code not in seen.market:
            continue
        # What momentum adds to the shocks: pushes have the variance of shocks over (1 - momentum squared).
        lasting = found.parameters["momentum_per_mille"] / 1000
        real = found.parameters["volatility"] / 100 / float(np.sqrt(1 - lasting**2))
        simulated = float(np.diff(_trading(seen, code)).std()) / 100
        title = Words(f"{found.title.en}: daily move, bp", f"{found.title.zh}：日波动（基点）")
        made.append(Number(f"volatility-{code}", title, found.source, real, 0.67 * real, 1.5 * real, simulated))
    return made


def _trading(seen: Observed, code: str) -> Sample:
    """The values of working days; the others repeat the day before."""
    first = (seen.setting.start_us + 8 * 3_600_000_000) // 86_400_000_000  # days since a Thursday
    weekday = (first + np.arange(seen.setting.days) + 3) % 7
    return seen.market[code][weekday < 5].astype(np.float64)


def _standard(values: Sample) -> Sample:
    changes = np.diff(values)
    return np.asarray((changes - changes.mean()) / max(changes.std(), 1e-9))
