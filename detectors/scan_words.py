"""What a cluster is, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.area import Area
from detectors.areas import AreaTree
from detectors.odds import odds
from detectors.signal import Cluster, Sentence

_NAMED = 6
_SPANS = {"hour": ("小时", "hour", "hours"), "day": ("天", "day", "days")}


def sentence(
    cluster: Cluster, areas: Sequence[Area], tree: AreaTree, category: Sentence, span: tuple[int, str], p_value: float
) -> Sentence:
    """Return a cluster in words.

    Parameters
    ----------
    cluster
        The cluster.
    areas
        Areas of its members, in their order.
    tree
        Names of districts.
    category
        Name of its class.
    span
        Its length, and the kind of window that is counted in.
    p_value
        How rare it is by chance.

    """
    observed = sum(member.observed for member in cluster.members)
    expected = sum(member.expected for member in cluster.members)
    count, (zh, one, several) = len(areas), _SPANS[span[1]]
    names = "、".join(area.name for area in areas[:_NAMED])
    english = ", ".join(area.name_en or area.name for area in areas[:_NAMED])
    more = count - _NAMED
    districts = [tree.name_of(district) for district in cluster.districts]
    across, rare = len(districts) > 1, odds(p_value)
    return Sentence(
        f"{span[0]}{zh}内{count}处相邻区域（{names}{'等' if more > 0 else ''}）{category.zh}{observed}起，"
        f"预期{expected:.1f}起，为预期的{cluster.relative_risk:.1f}倍"
        f"{f'，跨{len(districts)}个辖区（' + '、'.join(districts) + '）' if across else ''}，偶然出现的机会{rare.zh}",
        f"{category.en}: {observed} in {span[0]} {one if span[0] == 1 else several} in {count} neighbouring areas "
        f"({english}{f' and {more} more' if more > 0 else ''}), {expected:.1f} expected, "
        f"{cluster.relative_risk:.1f} times as many"
        f"{', across ' + _english(districts, tree) if across else ''}, by chance {rare.en}",
    )


def headline(areas: Sequence[Area], category: Sentence) -> Sentence:
    """Return what gathers, and around which area: that of a cluster's members with most beyond expectation."""
    head, more = areas[0], len(areas) - 1
    english = head.name_en or head.name
    return Sentence(f"{category.zh}｜{head.name}等{len(areas)}处", f"{category.en} | {english} and {more} more")


def _english(names: Sequence[str], tree: AreaTree) -> str:
    return ", ".join(tree.english.get(name, name) for name in names)
