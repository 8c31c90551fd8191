"""Door-level addresses: building, unit and room."""

from __future__ import annotations

import re

DOOR = "[门牌]"

_NUM = r"[0-9一二三四五六七八九十百零〇两]{1,4}"
_COUNTED = "人元米年月日个次天公厘分时点斤万度%辆起件家名岁户余多几张条台吨克块层楼平㎡mMkK"
_BUILDING = rf"第?(?:[A-Za-z][0-9]?|{_NUM})\s?(?:栋|幢|座|棟|号楼|#楼?)\s?"
_UNIT = rf"第?(?:[A-Za-z]|{_NUM})\s?(?:单元|梯)\s?"
_FLOOR = rf"{_NUM}\s?[楼层]\s?"
_ROOM_NUMBER = r"[A-Za-z]?[0-9零〇一二三四五六七八九]{3,4}[A-Za-z]?"
_ROOM = rf"(?:[-—/之第]\s?)?{_ROOM_NUMBER}(?:\s?(?:室|房(?![价产屋东租])|号房|号室|号(?!楼))|(?![0-9{_COUNTED}]))"
# A number of a street stands before it, of one to four digits: a look back has one length.
_AT_A_STREET = "(?:" + "|".join(rf"(?<=[路街道][0-9]{{{n}}}号)" for n in range(1, 5)) + ")"
_HOME = "区园苑庭府城轩湾里厦寓楼院居台阁舍邨村郡洲住栋"

_DOORS = re.compile(
    rf"(?=[0-9A-Za-z一二三四五六七八九十百零〇两第\s])(?:{_BUILDING}(?:{_UNIT})?(?:{_FLOOR})?{_ROOM}"
    rf"|{_BUILDING}{_UNIT}(?:{_FLOOR})?"
    rf"|{_UNIT}(?:{_FLOOR})?{_ROOM}"
    rf"|{_FLOOR}{_ROOM}"
    rf"|(?<![0-9]){_ROOM_NUMBER}\s?(?:室|号?房(?![价产屋东租])|号室)"
    rf"|(?<=[{_HOME}])\s?[0-9]{{1,2}}-(?:[0-9]{{1,2}}-)?[0-9]{{3,4}}(?![0-9\-{_COUNTED}])(?:室|房)?"
    rf"|{_NUM}\s?[巷弄]\s?{_NUM}号(?![楼线院])(?:\s?{_ROOM})?"
    rf"|(?<=[巷弄])\s?{_NUM}号(?![楼线院])(?:\s?{_ROOM})?"
    rf"|{_AT_A_STREET}\s?{_ROOM_NUMBER}(?![0-9路号线{_COUNTED}]))"
)
_ENGLISH = re.compile(
    r"\b(?:apt|apartment|unit|suite|ste|room|rm|flat)\b\.?\s?#?\s?[A-Za-z]?\d{1,5}[A-Za-z]?\b|(?<=\s)#\s?\d{1,5}[A-Za-z]?\b"
    r"|\b\d{1,3}#\s?\d{3,5}\b",
    re.IGNORECASE,
)
_CUT = re.compile(
    rf"{_BUILDING}|{_UNIT}|(?<![一-龥]){_FLOOR}|(?<=[{_HOME}]){_FLOOR}|(?<![0-9]){_ROOM_NUMBER}\s?(?:室|房(?![价产屋东租]))"
    rf"|(?<=[{_HOME}])\s?[0-9]{{1,3}}-(?:[0-9]{{1,2}}-)?[0-9]{{1,4}}(?![0-9])|(?<=[区园苑庭轩府])\s?[0-9]{{1,4}}号"
    rf"|(?<=[巷弄])\s?{_NUM}号(?!楼)"
)
_ROOM_LIKE = re.compile("[0-9零〇一二三四五六七八九]{3}")

# No pattern above matches without one of these; they are looked for first, at a tenth of the cost.
_DOOR_MARK = re.compile(r"[栋幢座棟楼层单梯室房#\-巷弄]")
_STREET_MARK = re.compile(r"号\s?[A-Za-z]?[0-9]{3}")
_ENGLISH_MARK = re.compile(r"#|ap|un|su|st|r[om]|fl", re.IGNORECASE)
_CUT_MARK = re.compile(rf"[栋幢座棟楼单梯层室房#\-]|[区园苑庭轩府巷弄]\s?{_NUM}号")


def mask_doors(text: str) -> str:
    """Replace building with unit or room, unit, or room: ``3栋502室``, ``2-301``; a building alone stays."""
    if text.isascii():
        return _ENGLISH.sub(DOOR, text) if _ENGLISH_MARK.search(text) else text
    if not _DOOR_MARK.search(text) and not ("号" in text and _STREET_MARK.search(text)):
        return text
    if "单元" in text or "巷" in text or "弄" in text or _ROOM_LIKE.search(text):
        return _DOORS.sub(DOOR, text)
    return text


def cut_to_compound(name: str) -> str:
    """Return the front of a place's name up to the compound: no building, unit, floor, room or lane number."""
    mark, pattern = (_ENGLISH_MARK, _ENGLISH) if name.isascii() else (_CUT_MARK, _CUT)
    found = mark.search(name) and pattern.search(name)
    return name[: found.start()].rstrip(" ,，、第·-") if found else name
