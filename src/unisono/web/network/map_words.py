"""The words of the map: headings of its figures, what their constructs mean, and what the drawing itself says."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Text = str | Promise

# Groups of figures in the order of the page.
GROUPS: tuple[tuple[str, Text], ...] = (
    ("size", gettext_lazy("Who and how much")),
    ("together", gettext_lazy("Does it hang together?")),
    ("places", gettext_lazy("Who stands where")),
    ("breaking", gettext_lazy("What breaks if a member leaves")),
    ("interests", gettext_lazy("Shared and opposed interests")),
    ("attention", gettext_lazy("Who gets attention")),
)
SIZES: tuple[tuple[str, Text], ...] = (
    ("relations", gettext_lazy("Relations")),
    ("pagerank", gettext_lazy("Weight by its neighbours (PageRank)")),
    ("betweenness", gettext_lazy("Lying between others")),
    ("core_number", gettext_lazy("Closeness to the core")),
    ("cut_off", gettext_lazy("Others that hang on it")),
    ("only_here", gettext_lazy("Capabilities that it alone has")),
    ("", gettext_lazy("All the same")),
)
EXPORTS: tuple[tuple[str, Text], ...] = (
    ("graphml", "GraphML"),
    ("gexf", "GEXF (Gephi)"),
    ("kumu", gettext_lazy("Kumu (JSON)")),
    ("zip", gettext_lazy("Two CSV files (zip)")),
)
# Name and one sentence of each construct that a figure rests on.
CONSTRUCTS: dict[str, tuple[Text, Text]] = {
    "KIJIMA-R6": (
        gettext_lazy("Connect what goes on separately"),
        gettext_lazy("The platform links activities that run independently of each other. Look for isolated members."),
    ),
    "TREN-R4": (
        gettext_lazy("Members without follow-up feel forgotten"),
        gettext_lazy(
            "Silent members drift to the edge. Keep a list of those you have not heard from, and contact them."
        ),
    ),
    "TREN-R3": (
        gettext_lazy("Care for all members"),
        gettext_lazy(
            "Not only for the innovative, ambitious or large ones. Compare the attention that each group gets."
        ),
    ),
    "SJODIN-R8": (
        gettext_lazy("Partners are hard to replace"),
        gettext_lazy("Parties depend on each other. Look for a single one on whom much depends."),
    ),
    "PERKS-D16": (
        gettext_lazy("Every tie mixes shared and opposed interests"),
        gettext_lazy("Partners cooperate and conflict at once, and pressure can come through indirect ties."),
    ),
}
MEASURES: dict[str, Text] = {
    "M-13": gettext_lazy("Robustness of an ecosystem: what is left when a member goes (Iansiti and Levien)."),
    "M-15": gettext_lazy(
        "Relational capital of a network: profile, engagement, vitality, embeddedness (Still et al.)."
    ),
}


def words_of() -> dict[str, str]:
    """What the drawing says; {n}, {of} and {name} are filled in by it."""
    return {
        "shown": _("{n} of {of} members shown"),
        "all_shown": _("{n} members"),
        "ties": _("{n} relations"),
        "derived": _("{n} derived ties"),
        "recorded": _("recorded"),
        "competing": _("they also compete"),
        "derived_line": _("derived"),
        "draw_again": _("draw again"),
        "none": _("not filled in"),
        "others": _("others"),
        "several": _("several"),
        "community": _("Community"),
        "no_community": _("in no community"),
        "apart": _("Group"),
        "no_match": _("No member is called so."),
        "neighbourhood": _("Around {name}: {n} members"),
        "only": _("Only {label}"),
        "more": _("and {n} more"),
        "relations": _("Relations"),
        "last_contact": _("Last contact"),
        "never": _("none noted"),
        "edge": _("at the edge"),
        "core": _("in the core"),
        "middle": _("between"),
        "failed": _("The map could not be loaded. Load the page again."),
        "no_webgl": _("This browser does not draw with WebGL; the table below says the same in words."),
        "new": _("new since the picture"),
        "place": _("Place"),
        "cut": _("The network is larger than a map draws. The figures rest on all of it."),
        "size": _("Size"),
        "filtered": _("{n} of {of}"),
    }
