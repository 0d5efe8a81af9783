"""The sorts of places that a map may show as a layer: many words for a kind in the book of place names, one layer."""

from __future__ import annotations

from gridmediate.domain.vocabulary import Label

#: Name of the layer → its words, and the kinds that belong to it, each as offices write them. A kind is free text in the book.
THEMES: dict[str, tuple[Label, frozenset[str]]] = {
    "estates": (Label("小区、村庄", "Estates, villages"), frozenset({"estate", "village", "小区", "住宅小区", "村庄", "自然村"})),
    "schools": (Label("学校、幼儿园", "Schools, kindergartens"),
                frozenset({"school", "kindergarten", "学校", "小学", "中学", "高中", "大学", "幼儿园"})),
    "health": (Label("医院、卫生室、养老", "Hospitals, clinics, care homes"),
               frozenset({"hospital", "clinic", "care", "医院", "卫生院", "卫生室", "诊所", "养老院", "敬老院"})),
    "parks": (Label("公园、广场", "Parks, squares"), frozenset({"park", "square", "公园", "广场", "绿地"})),
    "markets": (Label("市场、商场", "Markets, malls"),
                frozenset({"market", "mall", "shop", "市场", "农贸市场", "商场", "超市", "商店"})),
    "offices": (Label("政务、警务、社区", "Offices, police, communities"), frozenset({
        "government", "committee", "police", "justice", "mediation", "fire", "post",
        "政府", "政务", "街道办", "居委会", "村委会", "派出所", "司法所", "综治中心", "消防站", "邮政"})),
}
#: The layer of kinds that are in none of them.
OTHERS = "others"
OTHERS_LABEL = Label("其他地名", "Other places")


def theme_of(kind: str) -> str:
    """Return the layer of a kind as it stands in the book."""
    word = kind.strip().lower()
    return next((name for name, (_, kinds) in THEMES.items() if word in kinds), OTHERS)


def theme_label(name: str) -> Label:
    """Return the words of a layer."""
    return THEMES[name][0] if name in THEMES else OTHERS_LABEL
