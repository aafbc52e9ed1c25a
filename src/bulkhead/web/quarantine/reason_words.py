"""What is wrong with a row, in both languages, and without what it quotes for those who may not read it."""

from __future__ import annotations

import re

from bulkhead.kernel.reasons import Words

_EXPECTED: tuple[tuple[str, str], ...] = (
    (r"an id that no earlier row of the file has", "文件中未出现过的编号"),
    (r"an id", "编号"),
    (r"a time from 1990 to (.+)", r"1990 年至 \1 之间的时间"),
    (r"a time such as (.+)", r"\1 这样的时间"),
    (r"a time", "时间"),
    (r"an amount such as (\S+)", r"\1 这样的金额"),
    (r"a whole amount such as (\S+)", r"\1 这样的整数金额"),
    (r"an amount", "金额"),
    (r"a finite amount", "有限的金额"),
    (r"a balance", "余额"),
    (r"no less than 0", "不小于 0"),
    (r"more than 0", "大于 0"),
    (r"at most (\d+) decimals", r"至多 \1 位小数"),
    (r"at most ([\d,]+) minor units", r"不超过 \1 个最小货币单位"),
    (r"at most ([\d,]+) bytes", r"不超过 \1 字节"),
    (r"at most ([\d,]+) s ahead of the rows that follow", r"最多比后续各行早 \1 秒"),
    (r"no control character", "不含控制字符"),
    (r"plain values", "单个值"),
    (r"a whole number \((.+)\)", r"整数（\1）"),
    (r"a kind of movement the source (\S+) knows", r"数据源 \1 已定义的业务类型"),
    (r"the hold that the phase (\S+) uses", r"阶段 \1 对应的冻结编号"),
    (r"none in the phase single", "一次完成的业务不应有冻结编号"),
    (r"a new one", "新的编号"),
    (r"one of (.+)", r"下列之一：\1"),
    (r"(.+) before a colon", r"下列前缀之一加冒号：\1"),
)
_WHOLE: tuple[tuple[str, str], ...] = (
    (r"the row has (\d+) fields; expected (\d+)", r"该行有 \1 个字段，应为 \2 个"),
    (r"the row holds a list or an object; expected plain values", "该行含有列表或对象，应为单个值"),
    (r"it lacks the column (\S+)", r"缺少列 \1"),
    (r"it is not one row", "应恰好为一行"),
    (r"found an id that stands for another movement \(journal leaf (\d+)\); expected a new one",
     r"该编号已用于另一笔交易（日志记录 \1），应使用新的编号"),
)  # fmt: skip
_FOUND = re.compile(r"found (.*); expected (.*)", re.DOTALL)
_HIDDEN = "***"


def reason_words(reason: str, *, clear: bool) -> Words:
    """The reason; with ``clear`` False what it quotes of the row is left out."""
    found = _FOUND.fullmatch(reason)
    for pattern, chinese in _WHOLE:
        if match := re.fullmatch(pattern, reason):
            return Words(reason, match.expand(chinese))
    if found is None:
        return Words(reason, reason) if clear else Words("It could not be read.", "无法读取。")
    value, expected = found.groups()
    shown = value if clear or value in ("nothing", "a hold") else _HIDDEN
    chinese_value = {"nothing": "为空", "a hold": "实为冻结编号"}.get(shown, f"实为 {shown}")
    return Words(f"found {shown}; expected {expected}", f"{chinese_value}，应为{_expected(expected)}")


def _expected(text: str) -> str:
    for pattern, chinese in _EXPECTED:
        if match := re.fullmatch(pattern, text):
            return match.expand(chinese)
    return f" {text}"
