"""How states look and read: a word, a colour, and whether something is still to begin."""

from unisono.platform.states import label_of

_GOOD = {
    "active",
    "accepted",
    "attended",
    "held",
    "done",
    "agreed",
    "commercial",
    "confirmed",
    "in_force",
    "met",
    "scaled",
    "tied",
    "verified",
}
_UNDER_WAY = {
    "onboarding", "exploring", "negotiated", "co_creating", "pilot", "integrated", "planned", "understood",
    "introduced", "signed_up", "staffed", "running",
}  # fmt: skip
_WARN = {"no_show", "paused", "dormant", "under_review", "amended", "revised", "changed"}
_OPEN = {"prospect", "invited", "proposed", "drafted", "voiced", "potential", "idea", "claimed", "forming"}
_TONES = [(_GOOD, "good"), (_UNDER_WAY, "info"), (_WARN, "warn"), (_OPEN, "accent")]


def state_look(state: str) -> dict[str, str]:
    """Label, tone and openness of a state, as the state component takes them."""
    label = label_of(state)
    tone = next((tone for states, tone in _TONES if state in states), "")
    return {
        "value": state,
        "label": label[:1].upper() + label[1:],
        "tone": tone,
        "open": "yes" if state in _OPEN else "",
    }
