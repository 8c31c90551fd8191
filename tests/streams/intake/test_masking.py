from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.intake.doors import cut_to_compound
from streams.intake.masking import LONGEST, mask

MASKED = [
    # mobile numbers
    ("请回电13800138000谢谢", "请回电[手机号]谢谢"),
    ("电话138 0013 8000。", "电话[手机号]。"),
    ("电话138-0013-8000", "电话[手机号]"),
    ("电话138.0013.8000", "电话[手机号]"),
    ("手机+8613800138000", "手机[手机号]"),
    ("手机+86 138 0013 8000", "手机[手机号]"),
    ("手机0086-19912345678", "手机[手机号]"),
    ("拨013800138000", "拨[手机号]"),
    ("手机１３８００１３８０００", "手机[手机号]"),
    ("1 3 8 0 0 1 3 8 0 0 0", "[手机号]"),
    ("138\u200b0013\u200b8000", "[手机号]"),
    ("13800138000、13900139000", "[手机号]、[手机号]"),
    ("微信13800138000同号", "微信[手机号]同号"),
    ("电话138/0013/8000", "电话[手机号]"),
    ("电话138‑0013‑8000", "电话[手机号]"),
    ("电话(138)00138000", "电话([手机号]"),
    ("电话1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "电话[手机号] "),
    ("电话①③⑧⓪⓪①③⑧⓪⓪⓪", "电话[手机号]"),
    ("电话幺三八零零幺三八〇〇〇", "电话[手机号]"),
    ("手机13800138000元旦后联系", "手机[手机号]元旦后联系"),
    # landlines
    ("+86 754 88881234", "[电话]"),
    ("座机：8888-1234", "座机：[电话]"),
    ("座机0754-88881234", "座机[电话]"),
    ("座机075488881234", "座机[电话]"),
    ("座机(0754)88881234", "座机[电话]"),
    ("座机（0754）8888 1234", "座机[电话]"),
    ("010-62345678转123", "[电话]"),
    ("联系电话：88881234", "联系电话：[电话]"),
    ("call (314) 555-0147 please", "call [电话] please"),
    # identity numbers
    ("身份证号44050719900101123X", "身份证号[证件号]"),
    ("身份证440507199001011234，", "身份证[证件号]，"),
    ("身份证440507 19900101 1234", "身份证[证件号]"),
    ("ID44050719900101123X", "ID[证件号]"),
    ("证件44050719900****", "证件[证件号]"),
    ("证件440507900101123", "证件[证件号]"),
    ("４４０５０７１９９００１０１１２３Ｘ", "[证件号]"),
    ("4405 0719 9001 0112 3X", "[证件号]"),
    ("440507 1990 0101 123X", "[证件号]"),
    # plates
    ("粤D12345违停", "[车牌]违停"),
    ("粤D·12345占用消防通道", "[车牌]占用消防通道"),
    ("粤D 12345", "[车牌]"),
    ("粤 D·A1B23", "[车牌]"),
    ("粤DD12345新能源", "[车牌]新能源"),
    ("粤D12345D货车", "[车牌]货车"),
    ("京a88k88", "[车牌]"),
    ("粤Z1234港", "[车牌]"),
    ("粤D1234挂", "[车牌]"),
    # bank cards
    ("卡号6222021234567890128被骗", "卡号[银行卡]被骗"),
    ("卡号6222 0212 3456 7890 128", "卡号[银行卡]"),
    ("4111-1111-1111-1111", "[银行卡]"),
    ("4111111111111111 12月到期", "[银行卡] 12月到期"),
    ("6222—0212—3456—7890—128", "[银行卡]"),
    # accounts
    ("加微信zhangsan1990处理", "加微信[账号]处理"),
    ("VX：wxid_abc123", "VX：[账号]"),
    ("QQ号：12345678", "QQ号：[账号]"),
    # e-mail
    ("zhang.san @ example.com", "[邮箱]"),
    ("邮箱zhang.san+1@example.com。", "邮箱[邮箱]。"),
    ("zhang＠example．cn", "[邮箱]"),
    # names
    ("张先生来电", "*先生来电"),
    ("王小明先生反映", "*先生反映"),
    ("告知书刘科连先生", "告知书*先生"),
    ("由王小方先生转达", "由*先生转达"),
    ("陈和李先生", "陈和*先生"),
    ("欧阳先生和李女士", "*先生和*女士"),
    ("我叫王小明，住在附近", "我叫[姓名]，住在附近"),
    ("我叫王明住在附近", "我叫[姓名]住在附近"),
    ("姓名：陈大文", "姓名：[姓名]"),
    ("姓名:买买提·吐尔逊", "姓名:[姓名]"),
    ("联系人李雷", "联系人[姓名]"),
    ("联系人：欧阳娜娜 ", "联系人：[姓名] "),
    ("本人王小明，身份证丢失", "本人[姓名]，身份证丢失"),
    ("我是李雷，反映停水", "我是[姓名]，反映停水"),
    ("户主：刘一手", "户主：[姓名]"),
    ("My name is John Smith and", "My name is [姓名] and"),
    ("陈小姐", "*小姐"),
    ("张师傅反映", "*师傅反映"),
    ("联系物业王经理处理", "联系物业*经理处理"),
    ("，庄阿姨来电，", "，*阿姨来电，"),
    ("楼下的李大爷摔倒", "楼下的*大爷摔倒"),
    ("找陈老师补课", "找*老师补课"),
    ("欧阳老师和马老师", "*老师和马老师"),
    ("马老师、曾经理", "*老师、*经理"),
    ("周大妈与刘大叔", "*大妈与*大叔"),
    ("王小明师傅反映", "*师傅反映"),
    ("联系王主任", "联系*主任"),
    ("王小明（13800138000）", "[姓名]（[手机号]）"),
    ("王小明，男，35岁", "[姓名]，男，35岁"),
    ("业主王小明反映", "业主[姓名]反映"),
    ("死者张伟", "死者[姓名]"),
    # doors
    ("幸福里小区3#502", "幸福里小区[门牌]"),
    ("幸福里小区3栋2梯502", "幸福里小区[门牌]"),
    ("长平路88号3楼502", "长平路88号[门牌]"),
    ("陈厝三巷五号", "陈厝[门牌]"),
    ("幸福里小区3栋502室漏水", "幸福里小区[门牌]漏水"),
    ("幸福里12号楼2单元1101", "幸福里[门牌]"),
    ("幸福里小区2-301", "幸福里小区[门牌]"),
    ("幸福里小区2-1-301室", "幸福里小区[门牌]"),
    ("５栋６０２房", "[门牌]"),
    ("住三栋五零二室", "住[门牌]"),
    ("A座1203有异味", "[门牌]有异味"),
    ("3单元401停电", "[门牌]停电"),
    ("陈厝三巷5号", "陈厝[门牌]"),
    ("1201室漏水", "[门牌]漏水"),
    ("1200 Market St Apt 4B", "1200 Market St [门牌]"),
]

UNTOUCHED = [
    "拨打12345反映",
    "110、119、120均已到场",
    "自2024年1月15日起",
    "2024-01-15 13:45:30",
    "20240115",
    "工单编号GD20240115000123",
    "欠薪3000元",
    "拖欠工资合计15000000000元",
    "水深25cm",
    "约25厘米",
    "共120人",
    "5-100人围观",
    "3栋120户停水",
    "5栋2024年建成",
    "3栋电梯困人",
    "3栋105m2户型",
    "长平路88号门口",
    "①停水②停电③路灯不亮",
    "13、14、15、16、17、18栋停水",
    "12345转110转119",
    "微信小程序打不开",
    "业主方便进出，业主成立业委会",
    "龙湖区，电话打不通",
    "社区主任、派出所所长、公安局局长、许多老师",
    "多位先生",
    "女士们先生们",
    "一位女士晕倒",
    "一名先生",
    "小姐姐",
    "空姐",
    "首先生产停了",
    "老师傅修好了",
    "班主任老师通知",
    "语文老师和历史老师",
    "由于老师请假",
    "高中老师",
    "谢谢师傅，感谢老师",
    "工程师傅、校车师傅、司机师傅",
    "主管经理、项目经理、总经理、物业经理",
    "王者归来",
    "保安大爷、老大爷、小区阿姨",
    "他曾经理解过，曾经理赔",
    "态度嚣张老师不管",
    "任何老师，其余老师",
    "本人曾多次反映，",
    "本人于昨日来电",
    "本人要求退款",
    "我是金平区居民",
    "我是房东，",
    "联系人员未到",
    "姓名：不详",
    "气温38.5度",
    "面积1200平方米",
    "车速120km/h",
    "400-800-1234",
    "6222021234567890123",
    "第三中学",
    "102路公交",
    "云A楼层",
    "100%",
    "1-2小时",
    "8:00-12:00",
    "23.354,116.685",
    "房产证办不下来，房价下跌",
    "新区50米处",
]


@pytest.mark.parametrize(("text", "expected"), MASKED, ids=[text for text, _ in MASKED])
def test_personal_data_is_masked(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert mask(text) == text


def test_there_are_enough_cases() -> None:
    assert len(MASKED) + len(UNTOUCHED) >= 60
    assert len(UNTOUCHED) >= 20


@pytest.mark.parametrize("text", [text for text, _ in MASKED])
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


context = st.text(alphabet="龙湖区金霞街道居民反映小区楼下电话是，。：；的在到请处理车停电梯", max_size=20)
separator = st.sampled_from(["", " ", "-", " - "])
mobiles = st.builds(
    lambda start, rest, sep: f"{start}{rest[:1]}{sep}{rest[1:5]}{sep}{rest[5:]}",
    st.sampled_from([f"1{digit}" for digit in range(3, 10)]),
    st.text("0123456789", min_size=9, max_size=9),
    separator,
)
identities = st.builds(
    lambda area, year, month, day, serial, check: f"{area}{year}{month:02}{day:02}{serial:03}{check}",
    st.sampled_from(["440507", "440511", "110101", "650102", "830000"]),
    st.integers(1900, 2026),
    st.integers(1, 12),
    st.integers(1, 31),
    st.integers(0, 999),
    st.sampled_from("0123456789Xx"),
)
letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
plates = st.builds(
    lambda province, city, dot, body: f"{province}{city}{dot}{body}",
    st.sampled_from("京津沪粤闽浙川渝新"),
    st.sampled_from(letters),
    st.sampled_from(["", "·", " ", "."]),
    st.one_of(
        st.from_regex(r"\A[A-HJ-NP-Z0-9]{4}[0-9]\Z"),
        st.from_regex(r"\A[DF][A-HJ-NP-Z0-9][0-9]{4}\Z"),
        st.from_regex(r"\A[0-9]{5}[DF]\Z"),
    ),
)


def alnum(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


@given(context, st.one_of(mobiles, identities, plates), context)
def test_numbers_never_survive_in_chinese_context(before: str, number: str, after: str) -> None:
    masked = mask(before + number + after)
    assert alnum(number) not in alnum(masked)
    assert len(max(re.findall(r"\d+", masked), key=len, default="")) < 7


@given(st.integers(0, 400), mobiles)
def test_a_number_is_never_cut_in_half_by_the_length_limit(offset: int, number: str) -> None:
    masked = mask("水" * (LONGEST - 200 + offset) + number + "水" * 300)
    assert not re.search(r"\d{3}", masked)


@given(st.text(max_size=300))
def test_any_text_can_be_masked_and_comes_out_printable(text: str) -> None:
    assert mask(text).isprintable()


@pytest.mark.parametrize(
    "text", ["a" * 100_000 + "@", "1" * 100_000, "1 " * 50_000, "3栋" * 30_000, "王" * 50_000 + "先生"]
)
@pytest.mark.timeout(5)
def test_no_text_makes_masking_slow(text: str) -> None:
    mask(text)


@pytest.mark.parametrize(
    ("name", "compound"),
    [
        ("幸福里小区3栋502室", "幸福里小区"),
        ("幸福里小区12号楼2单元1101", "幸福里小区"),
        ("幸福里小区2-301", "幸福里小区"),
        ("幸福里小区5号", "幸福里小区"),
        ("幸福里小区3栋", "幸福里小区"),
        ("幸福里小区第3栋", "幸福里小区"),
        ("国际大厦A座1203", "国际大厦"),
        ("幸福里小区三栋五零二室", "幸福里小区"),
        ("陈厝村三巷5号", "陈厝村三巷"),
        ("3栋502室", ""),
        ("1200 Market St Apt 4B", "1200 Market St"),
        ("长平路88号", "长平路88号"),
        ("第三中学", "第三中学"),
        ("百花楼酒家", "百花楼酒家"),
        ("幸福里小区", "幸福里小区"),
        ("1200 MARKET ST", "1200 MARKET ST"),
    ],
)
def test_a_spot_is_cut_back_to_its_compound(name: str, compound: str) -> None:
    assert cut_to_compound(name) == compound
