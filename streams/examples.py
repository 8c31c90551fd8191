"""One example of every message, used in the contracts and shown in the documentation; all of it invented."""

from __future__ import annotations

from typing import Any

import msgspec

_WHERE = {"district": "440507", "street": "金霞街道", "spot": "幸福里小区", "lon": 116.716, "lat": 23.37}

_EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "HotlineCall": [
        {
            "id": "GD20260115000123",
            "occurred_at": "2026-01-15T14:31:05+08:00",
            "title": "小区煤气味",
            "text": "幸福里小区3栋楼下有浓烈煤气味，已持续两个小时。",
            "caller": "13800138000",
            **_WHERE,
        },
        {
            "id": "GD20260115000123",
            "occurred_at": "2026-01-15T16:02:00+08:00",
            "kind": "gas_leak",
            "status": "closed",
            **_WHERE,
        },
    ],
    "GridReport": [
        {
            "id": "WG-20260115-77",
            "occurred_at": "2026-01-15T09:12:00+08:00",
            "kind": "manhole",
            "text": "路口井盖缺失，已设置围挡。",
            "grid": "JX-07",
            "worker": "WGY-0231",
            **_WHERE,
        }
    ],
    "PoliceEvent": [
        {
            "id": "JQ202601150456",
            "occurred_at": "2026-01-15T22:40:11+08:00",
            "text": "两人在夜市斗殴，一人受伤。",
            "case_type": "斗殴",
            "injured": 1,
            "caller": "0754-88880000",
            **_WHERE,
        }
    ],
    "SosCall": [
        {
            "id": "SOS-9-1",
            "occurred_at": "2026-01-15T03:05:00+08:00",
            "kind": "missing",
            "device": "band-00912",
            **_WHERE,
        }
    ],
    "Event": [
        {
            "id": "hotline:GD20260115000123",
            "source": "hotline",
            "kind": "gas_leak",
            "occurred_at": "2026-01-15T06:31:05Z",
            "place": {
                "district": "440507",
                "street": "440507-01",
                "spot": "440507/幸福里小区",
                "name": "金霞街道·幸福里小区",
                "lon": 116.716,
                "lat": 23.37,
            },
            "reporter": "9b1f4c0e6a7d2350",
            "text": "小区煤气味 幸福里小区3栋楼下有浓烈煤气味，已持续两个小时。",
            "kind_by": "lexicon",
        },
        {
            "id": "hotline:GD20260116000077",
            "source": "hotline",
            "kind": "odor",
            "occurred_at": "2026-01-16T01:12:40Z",
            "place": {"district": "440507", "street": "440507-01", "name": "金霞街道"},
            "text": "工厂又排酸味废气，喉咙难受。",
            "kind_by": "learned",
            "kind_confidence": 0.84,
        },
    ],
    "WatermarkRecord": [{"watermark": 1768458665.0, "idle": False}],
    "Declaration": [
        {
            "id": "weather/440507",
            "issued_at": "2026-08-03T06:20:00+08:00",
            "until_at": "2026-08-03T12:00:00+08:00",
            "area": "440507",
            "weather": ["rainstorm_red"],
        },
        {"id": "mode/440507", "issued_at": "2026-08-03T06:30:00+08:00", "area": "440507", "mode": "emergency"},
    ],
    "PublishedBook": [
        {
            "files": {"31-drains.yaml": "id: drains\nnumber: 31\n…"},
            "digest": "e1e186b11585",
            "published_at": "2026-08-03T06:30:00Z",
            "by": "duty desk",
        }
    ],
    "Command": [
        {
            "id": "0f6b2c9e5d8a4b71",
            "action": "sign",
            "alert": "9c1e4f0a7b3d2568",
            "by": "金霞街道值班室",
            "at": "2026-01-15T14:40:00+08:00",
            "why": "已派网格员",
        },
        {
            "id": "77d01c3ab94e4f0c",
            "action": "false",
            "alert": "5d2a90c41be7f386",
            "by": "区城运中心",
            "at": "2026-01-15T16:10:00+08:00",
            "why": "演练，非真实警情",
            "grade": "yellow",
            "last_at": "2026-01-15T08:00:00Z",
        },
    ],
    "CommandAnswer": [
        {
            "command": {
                "id": "1f6b2c9e5d8a4b72",
                "action": "sign",
                "alert": "9c1e4f0a7b3d2568",
                "by": "区城管局",
                "at": "2026-01-15T06:41:00Z",
            },
            "reason": "SIGNED",
            "says": {
                "zh": "金霞街道值班室 2026-01-15 06:40 UTC已签收",
                "en": "金霞街道值班室 has signed it already, at 2026-01-15 06:40 UTC",
            },
            "state": "signed",
            "version": 2,
        },
    ],
    "Correction": [
        {
            "id": "5b0d7c1e9a3f4286",
            "action": "correct",
            "event": "hotline:GD20260115000123",
            "kind": "odor",
            "text": "幸福里小区附近工厂排出酸味废气，居民喉咙不适。",
            "by": "金霞街道值班室",
            "at": "2026-01-15T14:50:00+08:00",
            "beside": ["金霞街道永园二路路灯不亮，夜间出行不便。"],
        },
        {
            "id": "5b0d7c1e9a3f4287",
            "action": "correct",
            "event": "hotline:GD20260115000123",
            "kind": "",
            "by": "金霞街道值班室",
            "at": "2026-01-15T15:10:00+08:00",
            "why": "核实后撤回",
        },
    ],
    "DeadLetter": [
        {
            "topic": "hotline.calls",
            "partition": 3,
            "offset": 1234,
            "received_at": "2026-01-15T06:31:06Z",
            "reason": "SCHEMA",
            "path": "$.occurred_at",
            "message": "missing",
            "raw": "eyJpZCI6ICIxIn0=",
        }
    ],
    "AuditEntry": [
        {
            "at": "2026-01-15T09:20:00+08:00",
            "by": "ops.chen",
            "action": "reveal",
            "subject": "hotline.calls/3/1234",
            "why": "时间格式不符，核对原文",
            "outcome": "allowed",
        },
        {
            "at": "2026-01-15T14:40:00+08:00",
            "by": "commander.li",
            "action": "reveal",
            "subject": "hotline:W20260115-0042",
            "about": "9c1e4f0a2b7d5e88",
            "why": "回拨报警人，确认楼栋",
            "outcome": "allowed",
        },
    ],
}


def examples_of(type_: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """Return the examples of a message type, none when there are none."""
    return _EXAMPLES.get(type_.__name__, [])
