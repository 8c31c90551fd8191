"""Chinese personal names in running text: found by surname beside a title or a label."""

from __future__ import annotations

import re

# The hundred or so most frequent surnames, then further ones that hardly ever begin another word.
_COMMON = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_FURTHER = (
    "庄詹佘翁纪柯洪卓欧严尤严施倪翟聂柳佟蓝麦阮岑甄符冼揭饶蒲莫凌池涂裴鲍葛祝耿焦关肖闫樊辛管蔺庞邢殷梅盛童"
    "游骆湛郁屈项俞"
)
_RARE = "安单房车路党居司商时从向成应都全同连水相支明齐席宫宗左冀卜古包祁穆温章温辜"
_DOUBLE = "欧阳|司马|上官|诸葛|皇甫|尉迟|令狐|司徒|夏侯|东方|慕容|公孙|端木|轩辕"
# Surnames that are everyday words: not believed after a weak label such as 本人.
_WORDS = frozenset("于曾常方时从向成安应都全同单高连水相支房车路党居司商金江白田万文史任马明易")

_SURNAMES = frozenset(_COMMON + _FURTHER + _RARE)
_FREQUENT = frozenset(_COMMON)
_ALONE = frozenset(_COMMON + _FURTHER)
_DOUBLES = frozenset(_DOUBLE.split("|"))
_HAN = r"[\u4e00-\u9fff]"
_SURNAME = f"(?:{_DOUBLE}|[{_COMMON}{_FURTHER}{_RARE}])"
# Characters that follow a name rather than end it.
_AFTER = "住在家是的反说电有来因想要于和与及称投报打手联身男女你我他她先户系等被给向妻"
_GIVEN = rf"{_HAN}(?:(?![{_AFTER}]){_HAN}|{_HAN}(?!{_HAN}))?"
_END = r"(?=[^\u4e00-\u9fff]|$|住|系|电话|身份证|手机|联系)"

# What people are called by where they stand, and beside whom.
_WHOSE = (
    "市民|群众|老人|司机|驾驶员|驾驶人|车主|店主|机主|用户|员工|学生|快递员|网格员|民警|警员|辅警|父亲|母亲|爸爸|妈妈|哥哥|弟弟|姐姐|妹妹"
    "|负责人|报案人|来访人|求助人|经办人|经手人|签收人|收件人|收款人|开户人|法定代表人"
)
# Words that begin as names do: 张贴, 洪水; and names that are masked as those of titles.
_NO_NAME = (
    f"张[贴开口望罗挂]|黄[色线昏河金]|陈[旧述列设年]|郑重|董事|洪[水涝]|杜绝|庄[稼严]|杨[树梅]|李子|韩国|唐突|熊孩"
    f"|{_HAN}{{1,2}}(?:先生|女士|小姐|太太|师傅|阿姨|大爷|大妈|大叔|老师|某)"
)

# Alternatives that all begin with a literal are found by their first characters alone, ten times as fast as others.
_TITLE = re.compile(
    "先生(?![们产])|女士(?!们)|小姐(?![们姐])|太太(?!们)"
    "|师傅(?!们)|阿姨(?!们)|大爷(?!们)|大妈(?!们)|大叔(?!们)|大伯(?!们)|老师(?![们傅])|经理(?![们赔解会论])"
    "|大哥(?!们)|大姐(?!们)|奶奶|爷爷|婆婆|阿婆|叔叔|伯伯|老板(?![们娘])|主任|书记(?!员)|医生(?!们)|护士(?![们长])|律师(?![们函事])"
    "|警官|队长|所长|局长|科长|站长|校长|院长|村长|同志(?!们)|同学(?!们)"
)
_MARK = re.compile(
    "先生|女士|小姐|太太|师傅|阿姨|大爷|大妈|大叔|大伯|老师|经理|大哥|大姐|奶奶|爷爷|婆婆|阿婆|叔叔|伯伯|老板|主任|书记"
    "|医生|护士|律师|警官|队长|所长|局长|科长|站长|校长|院长|村长|同志|同学|姓名|系人|我叫|名叫|本人|我是|户主"
    "|名字叫|名字是|" + "|".join(f"{one}人(?![称表])" for one in "事警电诉报映请害疑")
)
_NAMED = re.compile(rf"(姓名\s?[:：]\s?)(?!不详|未知|保密|匿名|同上|无)({_HAN}{{2,4}}(?:·{_HAN}{{1,8}})?)")
_STRONG = re.compile(
    rf"((?:姓名|联系人|我叫|名叫|名字叫|名字是|户主|当事人|报警人|来电人|投诉人|举报人|反映人|申请人|受害人|嫌疑人)"
    rf"(?:是|为|叫)?\s?[:：]?\s?)({_SURNAME}{_GIVEN})"
)
_CALLED = re.compile(
    f"((?:法人|代表|负责人|患者|死者|伤者|业主|住户|租户|租客|房东|儿子|女儿|孩子|丈夫|妻子|户名|{_WHOSE})"
    rf"(?:\s?[:：]\s?|[是叫]))({_SURNAME}{_GIVEN})"
)
_NUMBER = re.compile(r"\[手机号\]|\[电话\]|\[证件号\]|\[银行卡\]|[，,（(][男女][，,、）)]")
_BESIDE = re.compile(
    rf"(?:(?<!{_HAN})|(?<=[系找叫是给]))(?P<name>{_SURNAME}{_HAN}{{1,2}})"
    r"[(（,，、:：\s]{0,3}(?:(?:电话|手机|身份证)号?码?\s?[:：]?\s?)?$"
)
_LONGEST_BESIDE = 16
_WEAK = re.compile(rf"((?:本人|我是)\s?[:：]?\s?)({_SURNAME}{_HAN}{{1,2}}){_END}")
# Titles that follow nothing but a name; the others follow whole words too: 班主任老师, 工程师傅, 主管经理.
_POLITE = frozenset({"先生", "女士", "小姐", "太太"})
# Surnames that hardly ever end a word, but for a few; and characters that stand right before a name.
_CLEAR = frozenset(
    "王李张刘陈杨赵黄吴徐朱郭梁宋郑韩唐冯董萧曹袁邓彭吕蒋蔡贾魏薛阎潘杜姚谭廖邹熊郝邱邵孟尹侯龚庄詹佘翁肖洪"
)
_ENDS_WITH_SURNAME = frozenset("霸国大行紧嚣纸一两夸主扩橡村山宽")
_ROLE = re.compile(
    rf"((?:业主|住户|租客|租户|房东|患者|死者|伤者|老板|儿子|女儿|孩子|丈夫|妻子|老公|老婆|居民|村民|邻居|男子|女子|{_WHOSE})叫?)"
    rf"(?!{_NO_NAME})([{''.join(sorted(_CLEAR))}]{_HAN}{{1,2}}?)"
    rf"(?=反映|称|来电|说|表示|投诉|走失|失踪|家|要求|求助|报警|{_END[3:]}"
)
_CUES = frozenset("人是找给到由叫被跟向让请个位")
# Characters that join two names, or stand between a name's look-alike and a title: 多位先生, 高的那名女士.
_JOINS = frozenset("和与及跟同的是向对让由请找")
_NO_GIVEN = frozenset("位名个的些")
_NO_NAME_END = frozenset("人区镇村民员长主街路户生师客")
_NO_TITLE_END = _NO_NAME_END | frozenset(
    "市县省州业会局所院校队室部科班厂店司委办组级系馆站房务管育治程水电气消交公多色贴事和与及的老"
)
_ENGLISH = re.compile(r"\b(my name is|this is|name:)(\s+)[A-Z][a-z]+(?:\s+[A-Z][a-z]+)?", re.IGNORECASE)

NAME = "[姓名]"


def mask_names(text: str) -> str:
    """Replace personal names: ``张先生`` becomes ``*先生``, ``姓名：王小明`` becomes ``姓名：[姓名]``."""
    if text.isascii():
        return _ENGLISH.sub(rf"\1\2{NAME}", text) if "ame" in text else text
    text = _CALLED.sub(_labelled, _ROLE.sub(_labelled, text))
    if _MARK.search(text):
        text = _mask_marked(text)
    return _mask_beside(text) if "[" in text or "男" in text or "女" in text else text


def _mask_marked(text: str) -> str:
    """Mask the names before titles and after labels."""
    text = _mask_titled(text)
    if "姓名" in text:
        text = _NAMED.sub(_labelled, text)
    text = _STRONG.sub(_labelled, text)
    return _WEAK.sub(_weak, text) if "本人" in text or "我是" in text else text


def _labelled(match: re.Match[str]) -> str:
    """Keep the label and mask what follows it."""
    return match[1] + NAME


def _weak(match: re.Match[str]) -> str:
    """Mask what stands after 本人 or 我是 only when it can hardly be anything but a name."""
    name = match[2]
    if name[0] in _WORDS or name[-1] in _NO_NAME_END:
        return match[0]
    return match[1] + NAME


def _mask_beside(text: str) -> str:
    """Mask the name before a number that was masked, or before a sex, unless it ends like a place or a role."""
    parts, done = [], 0
    for match in _NUMBER.finditer(text):
        begin = max(done, match.start() - _LONGEST_BESIDE)
        name = _BESIDE.search(text, begin, match.start())
        if name and name["name"][-1] not in _NO_NAME_END:
            parts += [text[done : name.start("name")], NAME]
            done = name.end("name")
    return "".join(parts) + text[done:]


def _mask_titled(text: str) -> str:
    """Mask the name in front of each title."""
    parts, done = [], 0
    for match in _TITLE.finditer(text):
        measure = _name_length if match[0] in _POLITE else _surname_length
        start = match.start() - measure(text[max(done, match.start() - 5) : match.start()])
        if start < match.start():
            parts += [text[done:start], "*"]
            done = match.start()
    return "".join(parts) + text[done:]


def _name_length(before: str) -> int:
    """Return how many characters at the end of `before` are a name: 欧阳, 张, 王小明, 王成; 0 for 多位."""
    for length in (4, 3, 2):
        head = before[-length:]
        if len(head) == length and head[:2] in _DOUBLES:
            return length
    whole, pair = _named(before, 3), _named(before, 2)
    if whole and whole[1] not in _JOINS and whole[2] in _SURNAMES:
        return 3
    if pair and not _all_han(before[-3:-2]):
        return 2
    if before and before[-1] in _SURNAMES:
        return 1
    return next((len(name) for name in (whole, pair) if name and name[-1] not in _NO_GIVEN), 0)


def _surname_length(before: str) -> int:
    """Return how many characters at the end of `before` are a surname that stands alone: 张师傅, 欧阳老师; else 0."""
    last, previous = before[-1:], before[-2:-1]
    if before[-2:] in _DOUBLES and before[-2:] != "东方":
        return len(before[-2:])
    if whole := _whole_length(before):
        return whole
    if not last or last not in _ALONE:
        return 0
    if not _all_han(previous) or (previous in _CUES and last not in _WORDS):
        return 1
    return int(last in _CLEAR and previous not in _ENDS_WITH_SURNAME)


def _whole_length(before: str) -> int:
    """Return how many characters at the end of `before` are a surname and a given name, 王小明 or 欧阳小明; else 0."""
    if before[-4:-2] in _DOUBLES and _all_han(before[-2:]):
        return 4
    for length in (3, 2):
        name = before[-length:]
        if len(name) < length or not _all_han(name) or name[-1] in _NO_TITLE_END:
            continue
        previous = before[-length - 1 : -length]
        begins = length > 2 and name[0] in _FREQUENT and (not _all_han(previous) or previous in _CUES)  # noqa: PLR2004
        if begins or name[0] in _CLEAR:
            return length
    return 0


def _named(before: str, length: int) -> str:
    """Return the last `length` characters when they are Han and begin with a frequent surname, else nothing."""
    name = before[-length:]
    return name if len(name) == length and name[0] in _FREQUENT and _all_han(name) else ""


def _all_han(text: str) -> bool:
    """Tell whether `text` is Han characters and nothing else, and not empty."""
    return bool(text) and min(text) >= "\u4e00" and max(text) <= "\u9fff"
