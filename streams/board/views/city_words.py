"""What the city page says, in both languages. Pure."""

from __future__ import annotations

from rules.alert import Text
from rules.index_config import Colour

COLOURS: dict[Colour, Text] = {
    "green": Text("绿", "green"),
    "yellow": Text("黄", "yellow"),
    "orange": Text("橙", "orange"),
    "red": Text("红", "red"),
}
LEVELS = {
    "city": Text("全市", "City"),
    "district": Text("区县", "Districts"),
    "street": Text("街道", "Streets"),
    "community": Text("社区", "Communities"),
}
AREA = {
    "city": Text("全市", "whole city"),
    "district": Text("区县", "district"),
    "street": Text("街道（镇）", "street"),
    "community": Text("社区（村）", "community"),
}
LAYERS = {
    "index": Text("风险指数", "Risk index"),
    "alerts": Text("未结预警", "Open alerts"),
    "heat": Text("事件热度", "Events"),
}
SPANS = {
    "hour": Text("近1小时", "last hour"),
    "day": Text("近24小时", "last 24 h"),
    "week": Text("近7天", "last 7 days"),
}
BRIEF_SPANS = {"hour": Text("1小时", "1 h"), "day": Text("24小时", "24 h"), "week": Text("7天", "7 days")}

WORDS = {
    "coloured": Text("按什么上色", "Colour by"),
    "span": Text("时段", "Time span"),
    "level": Text("层级", "Level"),
    "kind": Text("类别", "Kind"),
    "all_kinds": Text("全部类别", "All kinds"),
    "path": Text("所在位置", "Where you are"),
    "map": Text("地图：点击区域逐级下钻", "Map: click an area to go down a level"),
    "map_keys": Text(
        "地图。加减号缩放，方向键移动，0 复位，Esc 返回上一级。各区域数据见旁边的表格",
        "Map. Plus and minus zoom, arrows move, 0 shows all, Escape goes up. The table beside it has all figures",
    ),
    "zoom_in": Text("放大", "Zoom in"),
    "zoom_out": Text("缩小", "Zoom out"),
    "whole": Text("显示全部", "Show all"),
    "show_all": Text("显示全部区域", "Show all areas"),
    "up": Text("返回上一级", "Up one level"),
    "legend": Text("图例", "Legend"),
    "cluster": Text("聚集区", "cluster"),
    "clusters": Text("虚线：区域聚集", "Dashed: cluster"),
    "several": Text("处预警，点击放大", "alerts here: click to zoom"),
    "areas": Text("各区域", "Areas"),
    "area": Text("区域", "Area"),
    "index": Text("指数", "Index"),
    "open": Text("未结预警", "Open alerts"),
    "events": Text("事件", "Events"),
    "usual": Text("常态", "usual"),
    "details": Text("区域详情", "This area"),
    "why": Text("扣分最多的三项", "What took most off"),
    "nothing_off": Text("没有扣分项", "Nothing was taken off"),
    "no_index": Text("尚无指数", "No index yet"),
    "no_alerts": Text("没有未结预警", "No open alerts"),
    "by_kind": Text("按类别", "By kind"),
    "no_events": Text("没有事件", "No events"),
    "index_course": Text("指数，近24小时", "Index, last 24 h"),
    "event_course": Text("每小时事件数，近24小时", "Events an hour, last 24 h"),
    "time": Text("回放近24小时", "Replay of the last 24 h"),
    "live": Text("实时", "Live"),
    "go_live": Text("回到实时", "Back to live"),
    "looking_back": Text("回看", "Looking back"),
    "play": Text("播放", "Play"),
    "pause": Text("暂停", "Pause"),
    "speed": Text("速度", "Speed"),
    "per_second": Text("小时/秒", "h/s"),
    "moment": Text("时刻", "Moment"),
    "back": Text("后退10分钟", "10 minutes back"),
    "forward": Text("前进10分钟", "10 minutes on"),
    "no_areas": Text("尚无区域：等待第一批事件", "No areas yet: waiting for the first events"),
    "synthetic": Text("示意边界", "borders are schematic"),
    "tiles": Text("方格图：位置为示意", "Tiles: places are schematic"),
    "none": Text("无", "none"),
    "all": Text("全部", "all"),
    "usual_said": Text(
        "事件：实有 / 常态，常态为前几日同一时段的平均", "Events: how many / usual, the mean of the days before"
    ),
    "other": Text("其他", "other"),
}
