"""What verification finds, in Chinese as well. The English sentence is the record; this is its translation."""

from __future__ import annotations

import re

from bulkhead.kernel.reasons import Words

_CHINESE: tuple[tuple[str, str], ...] = (
    (r"Journal leaf (\d+) is missing: the next stored batch begins at (\d+)\.",
     r"日志记录 \1 缺失：下一批从 \2 开始。"),
    (r"Journal leaf (\d+) does not match its stored hash\.", r"日志记录 \1 与其存储的哈希不符。"),
    (r"The journal batch that begins at (?:leaf )?(\d+) is damaged: its bytes are not those that were written\.",
     r"从 \1 开始的日志批次已损坏：内容与写入时不一致。"),
    (r"The journal batch that begins at (?:leaf )?(\d+) is damaged: (.*)", r"从 \1 开始的日志批次已损坏：\2"),
    (r"The journal batch that begins at leaf (\d+) has hashes left over\.", r"从 \1 开始的日志批次含有多余的哈希。"),
    (r"The journal batch that begins at leaf (\d+) is of epoch (\d+) after (\d+)\.",
     r"从 \1 开始的日志批次写入期次为 \2，早于此前的 \3。"),
    (r"The root stored with the journal batch that begins at leaf (\d+) is not the tree's root\.",
     r"从 \1 开始的日志批次所存根哈希与重新计算的不符。"),
    (r"Journal leaf (\d+) states (\w+) (\S+), but the book comes to (\S+)\.",
     r"日志记录 \1 的 \2 记为 \3，但账务推算为 \4。"),
    (r"Journal leaf (\d+) is (\w+), but table event (.*)", r"日志记录 \1 为 \2，但事件表不一致（\3）"),
    (r"Table (\w+), (\w+) (\d+): (\w+) is (.+), but the journal gives (.+)\.",
     r"数据表 \1（\2 \3）的 \4 为 \5，但按日志应为 \6。"),
    (r"Table (\w+) lacks the row of (\w+) (\d+)\.", r"数据表 \1 缺少 \2 为 \3 的行。"),
    (r"Table (\w+) has a row of (\w+) (\d+) that the journal does not\.", r"数据表 \1 有日志中不存在的行（\2 \3）。"),
    (r"Table (\w+) has (\w+) (\d+) where the journal has (\d+)\.", r"数据表 \1 的 \2 为 \3，按日志应为 \4。"),
    (r"Table (\w+) has a row at (\d+) that no journal leaf accounts for\.", r"数据表 \1 在 \2 处有日志无法对应的行。"),
    (r"Projections claim (\d+) leaves, but the journal has (\d+)\.", r"投影声称已处理 \1 条，但日志账仅有 \2 条。"),
    (r"The checkpoint stored at size (\d+) is not soundly signed by this institution: .*",
     r"大小为 \1 的检查点并非由本机构有效签署。"),
    (r"The checkpoint kept outside the database is not soundly signed by this institution: .*",
     "数据库外保存的检查点并非由本机构有效签署。"),
    (r"The checkpoint given is not soundly signed by this institution: .*", "所给检查点并非由本机构有效签署。"),
    (r"The checkpoint kept outside the database was signed over (\d+) leaves; the database has lost it\.",
     r"数据库外的检查点签署于 \1 条记录时，数据库中却已丢失。"),
    (r"The checkpoint (?:stored at size \d+|given|kept outside the database) was signed over (\d+) leaves, "
     r"but the journal ends after (\d+): .*", r"检查点签署于 \1 条记录时，但日志账仅有 \2 条，其后的记录缺失。"),
    (r"The journal's first (\d+) leaves are not those .* was signed over\.",
     r"日志账的前 \1 条与检查点签署时的内容不一致。"),
    (r"The stored subtree (\d+) at level (\d+), which ends at leaf (\d+), is missing or is not the journal's\.",
     r"第 \2 层第 \1 个子树（止于 \3）缺失或与日志不符。"),
    (r"The database cannot give what it has stored: (.*)", r"数据库无法读出已存内容：\1"),
    (r"No engine of (\S+) is running: .*", r"\1 的引擎未运行，请先启动引擎。"),
)  # fmt: skip


def fault_words(fault: str) -> Words:
    """The sentence in both languages; in English twice where it has no translation."""
    for pattern, chinese in _CHINESE:
        found = re.fullmatch(pattern, fault)
        if found:
            return Words(fault, found.expand(chinese))
    return Words(fault, fault)
