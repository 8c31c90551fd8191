"""Messages of CAP as others write them; all of it invented."""

from __future__ import annotations

from typing import Any

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


def pair(tag: str, name: str, value: str) -> str:
    return f"<{tag}><valueName>{name}</valueName><value>{value}</value></{tag}>"


def an_area(codes: tuple[str, ...] = ("440507000000",), name: str = "龙湖区", shape: str = "") -> str:
    geocodes = "".join(pair("geocode", "GB/T 2260", code) for code in codes)
    return f"<area><areaDesc>{name}</areaDesc>{shape}{geocodes}</area>"


def an_info(**over: Any) -> str:
    given: dict[str, Any] = {
        "language": "zh-CN",
        "category": "Met",
        "event": "暴雨",
        "responseType": "Prepare",
        "urgency": "Immediate",
        "severity": "Extreme",
        "certainty": "Likely",
        "code": "11B03",
        "effective": "2026-08-03T06:20:00+08:00",
        "expires": "2026-08-03T18:00:00+08:00",
        "headline": "市气象台发布暴雨红色预警信号",
        "areas": an_area(),
        **over,
    }
    code, areas = given.pop("code"), given.pop("areas")
    plain = {name: f"<{name}>{text}</{name}>" for name, text in given.items() if text}
    order = ["language", "category", "event", "responseType", "urgency", "severity", "certainty"]
    first = "".join(plain.pop(name, "") for name in order)
    event_code = pair("eventCode", "GB/T 35561", code) if code else ""
    return f"<info>{first}{event_code}{''.join(plain.values())}{areas}</info>"


def a_message(*infos: str, namespace: str = NAMESPACE, **over: Any) -> bytes:
    given = {
        "identifier": "44050041600000_20260803062000",
        "sender": "weather@city.example",
        "sent": "2026-08-03T06:20:00+08:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
        **over,
    }
    head = "".join(f"<{name}>{text}</{name}>" for name, text in given.items() if text)
    body = "".join(infos or (an_info(),)) if given["msgType"] != "Cancel" or infos else ""
    at = f' xmlns="{namespace}"' if namespace else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><alert{at}>{head}{body}</alert>'.encode()


def refers(identifier: str, sender: str = "weather@city.example", sent: str = "2026-08-03T06:20:00+08:00") -> str:
    return f"{sender},{identifier},{sent}"
