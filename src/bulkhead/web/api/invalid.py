"""What is wrong with a value somebody sent, in both languages: the first thing, with the place where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bulkhead.kernel.reasons import Words

_KINDS: Mapping[str, Words] = {
    "missing": Words("is missing", "缺失"),
    "extra_forbidden": Words("is not known here", "不是已知字段"),
    "int_parsing": Words("is not a whole number", "不是整数"),
    "int_type": Words("is not a whole number", "不是整数"),
    "int_from_float": Words("is not a whole number", "不是整数"),
    "int_parsing_size": Words("is too large", "过大"),
    "bool_parsing": Words("is neither true nor false", "不是 true 或 false"),
    "bool_type": Words("is neither true nor false", "不是 true 或 false"),
    "string_type": Words("is no text", "不是文本"),
    "string_unicode": Words("is no text", "不是文本"),
    "literal_error": Words("is none of {expected}", "不在可选值之内：{expected}"),
    "enum": Words("is none of {expected}", "不在可选值之内：{expected}"),
    "greater_than_equal": Words("is less than {ge}", "小于 {ge}"),
    "less_than_equal": Words("is more than {le}", "大于 {le}"),
    "string_too_short": Words("has fewer than {min_length} characters", "少于 {min_length} 个字符"),
    "string_too_long": Words("has more than {max_length} characters", "超过 {max_length} 个字符"),
    "too_long": Words("has more than {max_length} entries", "超过 {max_length} 项"),
    "unprintable": Words("has characters that cannot be shown", "含有无法显示的字符"),
    "string_pattern_mismatch": Words("is not written as it should be", "格式不正确"),
    "timezone_aware": Words("does not say its time zone", "未注明时区"),
    "model_attributes_type": Words("is no JSON object", "不是 JSON 对象"),
    "model_type": Words("is no JSON object", "不是 JSON 对象"),
    "dict_type": Words("is no JSON object", "不是 JSON 对象"),
    "list_type": Words("is no list", "不是列表"),
}
_OTHER = Words("cannot be used", "无法使用")
_TIME = Words("is no time such as 2026-01-31T18:30:00Z", "不是有效时间，示例：2026-01-31T18:30:00Z")
_SOURCES = ("body", "query", "path", "header")


def invalid_words(errors: Sequence[Mapping[str, Any]]) -> Words:
    """One sentence about the first of pydantic's errors."""
    if not errors:
        return Words("The request cannot be used.", "请求无法使用。")
    first = errors[0]
    kind = str(first.get("type", ""))
    words = _TIME if kind.startswith(("datetime", "date_")) else _KINDS.get(kind, _OTHER)
    context = {key: str(value)[:300] for key, value in (first.get("ctx") or {}).items()}
    place = _place(first.get("loc", ()))
    more = (
        Words(f" ({len(errors) - 1} more)", f"（另有 {len(errors) - 1} 处）") if len(errors) > 1 else Words("", "")
    )
    return Words(
        f"“{place}” {words.en.format_map(_Known(context))}{more.en}.",
        f"“{place}”{words.zh.format_map(_Known(context))}{more.zh}。",
    )


class _Known(dict[str, str]):
    """Values for a sentence; what is not there is left out."""

    def __missing__(self, key: str) -> str:
        return "…"


def _place(location: Sequence[object]) -> str:
    """``rows.3.amount`` out of ("body", "asked", "rows", 3, "amount"): without where our own code keeps it."""
    parts = [str(part) for part in location]
    if parts and parts[0] in _SOURCES:
        parts = parts[1:]
    return ".".join(parts[1:] if len(parts) > 1 else parts)[:100] or "body"
