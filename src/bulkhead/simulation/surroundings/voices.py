"""What clients complain about and what the public writes."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

TOPICS = (
    "withdrawal", "repayment", "outage", "log-in", "fee", "service", "collection", "wrong-amount", "rumour",
    "praise", "question", "advertising",
)  # fmt: skip
COMPLAINT_CHANNELS = ("hotline", "app", "regulator", "letter")
POST_CHANNELS = ("forum", "microblog", "app-store", "short-video", "question-site")
OUR_NAME = "舟行财富"  # made up, as are the others'
OTHER_NAMES = ("青禾易贷", "南塘钱庄", "云栈理财", "百川快融")

COMPLAINTS = Stream(
    "complaints",
    Words("Complaints", "客户投诉"),
    {
        "time": Kind.TIME,
        "client": Kind.NAME,
        "topic": Kind.TEXT,  # of TOPICS
        "channel": Kind.TEXT,  # of COMPLAINT_CHANNELS
        "answer_due": Kind.TIME,
        "answered": Kind.TIME,  # when it was, as the file was later completed
    },
)
POSTS = Stream(
    "posts",
    Words("Posts of the public", "网络舆情"),
    {
        "time": Kind.TIME,
        "channel": Kind.TEXT,  # of POST_CHANNELS
        "platform": Kind.TEXT,  # the name it mentions, ours or another's
        "topic": Kind.TEXT,  # of TOPICS: what it was written about, for whoever grades a reader of texts
        "text": Kind.TEXT,
        "echoes": Kind.NUMBER,  # how often it was passed on or liked
    },
)
