"""Where parties may go when mediation does not settle their matter, by justice class: what a notice of termination tells them.

Sources: People's Mediation Law art. 26; Civil Code art. 188 (three years); Labour Dispute Mediation and Arbitration Law art. 5
and 27 (arbitration first, within a year); Land Administration Law art. 14 (ownership and use of land go to the government first,
then to court within 30 days). A period may run otherwise in one case: the notice says to mind it, it promises none.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridmediate.domain.vocabulary import Label


@dataclass(frozen=True, slots=True)
class LegalRoute:
    """One way that is open.

    Parameters
    ----------
    name : Label
    body : Label
        Who takes the matter; stands after the county's name.
    time_limit : Label
    """

    name: Label
    body: Label
    time_limit: Label


_COURT = LegalRoute(
    Label("向人民法院起诉", "Go to court"), Label("人民法院", "People's Court"),
    Label("诉讼时效一般为三年", "as a rule within three years"))
_LABOUR = LegalRoute(
    Label("申请劳动争议仲裁", "Labour arbitration"), Label("劳动人事争议仲裁委员会", "Labour Dispute Arbitration Commission"),
    Label("一般自知道权利被侵害之日起一年内", "as a rule within a year of learning of the wrong"))
_AFTER_ARBITRATION = LegalRoute(
    Label("对仲裁裁决不服的，向人民法院起诉", "After the award, go to court"), Label("人民法院", "People's Court"),
    Label("收到裁决书之日起十五日内", "within 15 days of receiving the award"))
_LAND = LegalRoute(
    Label("申请人民政府处理权属争议", "Ask the government to decide who owns or uses the land"),
    Label("人民政府", "People's Government"), Label("", ""))
_AFTER_RULING = LegalRoute(
    Label("对处理决定不服的，向人民法院起诉", "After the ruling, go to court"), Label("人民法院", "People's Court"),
    Label("接到处理决定通知之日起三十日内", "within 30 days of being told the ruling"))

#: Justice class → the ways in their order; every other class goes to court.
_ROUTES: dict[str, tuple[LegalRoute, ...]] = {
    "07": (_LAND, _AFTER_RULING),
    "10": (_LABOUR, _AFTER_ARBITRATION),
    "11": (_LABOUR, _AFTER_ARBITRATION),
}


def legal_routes(t1_code: str) -> tuple[LegalRoute, ...]:
    """Return the ways that are open for a justice class, in the order in which they are taken."""
    return _ROUTES.get(t1_code, (_COURT,))
