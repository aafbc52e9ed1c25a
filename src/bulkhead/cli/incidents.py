"""``bulkhead incidents``: what can go wrong in the world ``platform``, and with which dials."""

from __future__ import annotations

from dataclasses import asdict

import typer

from bulkhead.cli.output import AsJson, InLanguage, console, language_of, plain_table, print_json
from bulkhead.kernel.reasons import Language, Words
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.planning import DIALS, incident_kinds

_COLUMNS = (
    Words("code", "代码"),
    Words("what", "事件"),
    Words("family", "风险类别"),
    Words("days", "天数"),
    Words("size", "规模"),
    Words("stealth", "隐蔽"),
    Words("speed", "速度"),
    Words("seen in", "可见于"),
)
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
    table = plain_table(*(words[language] for words in _COLUMNS), right=(3, 4, 5, 6))
    for kind in kinds:
        dials = (str(getattr(kind.default, dial)) for dial in DIALS)
        family = _FAMILIES[kind.family.value][language]
        table.add_row(kind.code, kind.title[language], family, str(kind.days), *dials, ", ".join(kind.seen_in))
    console.print(table)
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
