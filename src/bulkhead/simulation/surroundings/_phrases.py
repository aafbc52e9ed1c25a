"""What people write about lending platforms, as sentences with gaps: {us} is a platform's name.

All of it is made up. A sentence is put together from an opening, a matter and an end, so that few repeat.
"""

from __future__ import annotations

# A mood: how such a post begins and how it ends.
# fmt: off
_UPSET = (
    (
        "", "", "", "求助，", "说个事，", "有没有人跟我一样，", "今天刚发现，", "坐标{place}，", "用了{months}个月，",
        "实话实说，", "客服看到请回复：",
    ),
    (
        "", "", "", "。", "！", "，大家怎么看？", "，有懂的吗", "，心累", "，等后续", "，先记录一下", "，已经投诉了",
        "……",
    ),
)
_ASKING = (
    ("", "", "", "请教一下，", "新人提问，", "路过问一句，", "坐标{place}，", "第一次发帖，", "准备入手，"),
    ("", "？", "？", "，谢谢", "，在线等", "，求解答", "，有懂的吗"),
)
_GLAD = (
    ("", "", "", "路过说一句，", "坐标{place}，", "客观评价，", "给个好评，"),
    ("", "", "。", "！", "，继续观察", "，点赞", "，推荐"),
)
_SELLING = (("", "", "福利来了，", "限时活动，", "小伙伴们，"), ("", "！", "，速来", "，详情私信", "，先到先得"))
_UNEASY = (
    ("", "", "", "说个事，", "不知真假，", "坐标{place}，", "小道消息，", "群友转发，"),
    ("", "。", "……", "，大家怎么看？", "，有人核实过吗", "，我先观望", "，宁可信其有", "，求辟谣"),
)
# fmt: on
MOODS = {"praise": _GLAD, "question": _ASKING, "advertising": _SELLING, "rumour": _UNEASY}


def mood(topic: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Openings and ends for a topic."""
    return MOODS.get(topic, _UPSET)


MATTERS = {
    "withdrawal": (
        "{us}提现申请{hours}个小时了还没到账", "在{us}提了{money}元，一直显示处理中", "{us}提现额度是不是又调低了",
        "{us}说T+1到账，这都第{days}天了", "问了{us}三次提现，答复都不一样", "{us}提现排队排到{days}天以后",
        "想把钱从{us}转出来，页面提示稍后再试",
    ),
    "repayment": (
        "{us}这期回款比约定晚了{days}天", "{us}的标逾期了，借款人联系不上", "在{us}还完款额度没恢复",
        "{us}自动扣款扣了我两次", "{us}回款短信收到了，账户里没看到钱",
    ),
    "outage": (
        "{us}打不开了，一直转圈", "{us}又在维护？首页都进不去", "{us}支付页面报系统繁忙，试了{days}次都不行",
        "刚刚{us}全线卡死，过了{hours}个小时才恢复", "{us}一到晚上就卡，是服务器不够吗",
    ),
    "log-in": (
        "{us}验证码收不到", "换了手机以后{us}登不上去", "{us}老是让我重新人脸识别", "{us}提示异地登录，可我没动过手机",
        "忘了密码，{us}找回流程走了{days}遍",
    ),
    "fee": (
        "{us}的服务费怎么又多了一项", "{us}提现收{days}块手续费合理吗", "仔细算了下{us}的综合费率，比宣传的高",
        "{us}账单里有一笔{money}元不知道是什么费",
    ),
    "service": (
        "{us}客服排队半小时", "{us}的在线客服只会复制粘贴", "给{us}打电话，转了{days}个人还是没说清",
        "{us}改绑银行卡要交的材料也太多了",
    ),
    "collection": (
        "{us}的催收打到我同事那里了", "只晚还{days}天，{us}一天打{hours}个电话", "{us}催收态度有问题，已经录音",
    ),
    "wrong-amount": (
        "{us}账户余额对不上，少了{money}元", "{us}给我多记了一笔{money}元，又自己扣回去了",
        "{us}利息算错了，差{days}块", "{us}合同金额和到账金额不一样",
    ),
    "rumour": (
        "听说{us}资金链紧张", "群里都在传{us}要出事", "有人说{us}老板出国了，是真的吗", "朋友劝我赶紧从{us}撤",
        "据说{us}有{days}亿的窟窿", "{place}那边已经有人去{us}门口了", "{us}内部员工说{days}个月没发奖金",
        "听说{us}的存管要断了", "有消息说{us}被查了，{days}号以后提不了现",
    ),
    "praise": (
        "{us}这次到账挺快，{hours}分钟就到了", "{us}客服态度不错，问题当天解决", "在{us}出借{months}个月，回款都准时",
        "{us}新版界面清爽多了", "对比了几家，还是{us}的资金存管说得清楚",
    ),
    "question": (
        "{us}的债权转让怎么操作", "{us}自动投标和手动投标哪个好", "{us}的标一般多久满", "{us}提现一般要多久",
        "{us}银行存管是哪家银行", "{us}借{money}元一年一共要还多少", "{us}出借合同在哪里下载",
    ),
    "advertising": (
        "注册{us}领新人红包，首投加息", "{us}周年活动，邀请好友各得{months}元", "{us}新手标年化参考回报上浮，名额有限",
    ),
}  # fmt: skip
PROVINCES = ("广东", "江苏", "浙江", "山东", "河南", "四川", "湖北", "福建", "上海", "北京", "陕西", "安徽")
ABOUT_OTHERS = ("{us}和{other}比哪个靠谱", "从{other}转到{us}值得吗", "{us}的利率怎么比{other}低一点")
