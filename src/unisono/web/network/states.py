"""How states look and read: a word, a colour, and whether something is still to begin."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATE_LABELS: dict[str, str | Promise] = {
    "accepted": _("accepted"),
    "active": _("active"),
    "agreed": _("agreed"),
    "amended": _("amended"),
    "changed": _("changed"),
    "claimed": _("claimed"),
    "closed": _("closed"),
    "co_creating": _("being co-created"),
    "commercial": _("commercial"),
    "confirmed": _("confirmed"),
    "dissolved": _("dissolved"),
    "dormant": _("dormant"),
    "drafted": _("drafted"),
    "ended": _("ended"),
    "exited": _("left"),
    "exploring": _("exploring"),
    "forming": _("forming"),
    "idea": _("idea"),
    "in_force": _("in force"),
    "integrated": _("integrated"),
    "introduced": _("introduced"),
    "invited": _("invited"),
    "lapsed": _("lapsed"),
    "left": _("left"),
    "merged": _("merged"),
    "met": _("met"),
    "negotiated": _("negotiated"),
    "onboarding": _("onboarding"),
    "outdated": _("outdated"),
    "own": _("own use"),
    "paused": _("paused"),
    "pilot": _("pilot"),
    "planned": _("planned"),
    "potential": _("potential"),
    "proposed": _("proposed"),
    "prospect": _("prospect"),
    "registered": _("registered"),
    "retired": _("retired"),
    "revised": _("revised"),
    "scaled": _("scaled"),
    "tied": _("tied to the network"),
    "under_review": _("under review"),
    "understood": _("understood"),
    "untied": _("released"),
    "verified": _("verified"),
    "voiced": _("voiced"),
}
_GOOD = {"active", "accepted", "agreed", "commercial", "confirmed", "in_force", "met", "scaled", "tied", "verified"}
_UNDER_WAY = {
    "onboarding", "exploring", "negotiated", "co_creating", "pilot", "integrated", "planned", "understood",
    "introduced",
}  # fmt: skip
_WARN = {"paused", "dormant", "under_review", "amended", "revised", "changed"}
_OPEN = {"prospect", "invited", "proposed", "drafted", "voiced", "potential", "idea", "claimed", "forming"}
_TONES = [(_GOOD, "good"), (_UNDER_WAY, "info"), (_WARN, "warn"), (_OPEN, "accent")]


def state_look(state: str) -> dict[str, str]:
    """Label, tone and openness of a state, as the state component takes them."""
    label = str(STATE_LABELS.get(state, state.replace("_", " ")))
    tone = next((tone for states, tone in _TONES if state in states), "")
    return {
        "value": state,
        "label": label[:1].upper() + label[1:],
        "tone": tone,
        "open": "yes" if state in _OPEN else "",
    }
