"""Laws that change, and the duties that follow: every title here is invented."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

LAWS = Stream(
    "laws",
    Words("Changes of law (invented)", "法规变动（虚构）"),
    {
        "time": Kind.TIME,  # published
        "law": Kind.TEXT,  # INV-2026-01
        "obligation": Kind.TEXT,
        "title_zh": Kind.TEXT,
        "title_en": Kind.TEXT,
        "applies_to": Kind.TEXT,
        "effective": Kind.TIME,
    },
)
OBLIGATIONS_DONE = Stream(
    "obligations_done",
    Words("Duties confirmed", "合规义务履行"),
    {
        "time": Kind.TIME,
        "obligation": Kind.TEXT,
        "law": Kind.TEXT,  # the change that brought it; "" for a duty that recurs
        "step": Kind.TEXT,  # reviewed, implemented or fulfilled
        "period": Kind.TEXT,  # 2026-03 for a monthly duty; ""
        "due": Kind.TIME,
        "confirmed_by": Kind.NAME,
        "evidence": Kind.TEXT,  # name of the paper on file; "" where none is
    },
)
