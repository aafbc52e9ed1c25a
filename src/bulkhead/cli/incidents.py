"""``bulkhead incidents``: what can go wrong in the world ``platform``, and with which dials."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import typer
from rich.text import Text

from bulkhead.cli.output import AsJson, InLanguage, console, language_of, plain_table, print_json
from bulkhead.kernel.reasons import Language, Words
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.planning import DIAL_MAX, DIAL_MIN, incident_kinds

_COLUMNS = (
    Words("code", "代码"),
    Words("family", "风险类别"),
    Words("days", "天数"),
    Words("what, and in which streams", "事件，以及在哪些数据流中可见"),
)
_DIALS = Words(
    "Dials from {0} to {1}; unless told otherwise size {size}, stealth {stealth}, speed {speed}.",
    "三个参数取值 {0} 至 {1}；默认：规模 size {size}，隐蔽 stealth {stealth}，速度 speed {speed}。",
)
_OTHERWISE = Words("{code} by default: ", "{code} 的默认值：")
_FAMILIES = {
    "technical": Words("technical", "技术风险"),
    "operational": Words("operational", "操作风险"),
    "moral-hazard": Words("moral hazard", "道德风险"),
    "market": Words("market", "市场风险"),
    "legal": Words("legal", "法律风险"),
    "credit": Words("credit", "信用风险"),
    "liquidity": Words("liquidity", "流动性风险"),
    "policy": Words("policy", "政策风险"),
    "business": Words("business", "经营风险"),
    "reputation": Words("reputation", "声誉风险"),
}


def register(app: typer.Typer) -> None:
    app.command("incidents")(incidents)


def incidents(json: AsJson = False, lang: InLanguage = "") -> int:
    """The kinds of incidents that ``simulate platform`` can play, with the dials they have by default."""
    return show_incidents(as_json=json, language=language_of(lang))


def show_incidents(*, as_json: bool, language: Language) -> int:
    """Print every kind; gives the exit code."""
    kinds = incident_kinds().values()
    if as_json:
        print_json({"incidents": [_record(kind) for kind in kinds]})
        return 0
    table = plain_table(*(words[language] for words in _COLUMNS), right=(2,))
    for column in table.columns[:3]:
        column.no_wrap = True  # a code is there to be typed again
    for kind in kinds:
        what = Text.assemble(kind.title[language], "\n", (", ".join(kind.seen_in), "dim"))
        table.add_row(kind.code, _FAMILIES[kind.family.value][language], str(kind.days), what)
    console.print(table)
    (usual, _), *_ = Counter(kind.default for kind in kinds).most_common(1)
    console.print(f"\n{_DIALS[language].format(DIAL_MIN, DIAL_MAX, **asdict(usual))}")
    for kind in kinds:
        if kind.default != usual:
            dials = ", ".join(f"{name} {value}" for name, value in asdict(kind.default).items())
            console.print(f"{_OTHERWISE[language].format(code=kind.code)}{dials}")
    return 0


def _record(kind: IncidentKind) -> dict[str, object]:
    return {
        "code": kind.code,
        "family": kind.family.value,
        "title": kind.title.as_dict(),
        "story": kind.story.as_dict(),
        "days": kind.days,
        "dials": asdict(kind.default),
        "seen_in": list(kind.seen_in),
    }
