"""Duplicates: names taken apart, what is compared with what, and what a person is asked."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unisono.core.duplicates import ASK, Entry, Index, acronyms_of, likely_pairs, name_of, site_of
from unisono.core.duplicates.entries import prepared
from unisono.core.duplicates.likeness import likeness
from unisono.core.duplicates.names import names_in


@pytest.mark.parametrize(
    ("text", "words", "form"),
    [
        ("Ålesund Båt-Service, AS", ("alesund", "bat", "service"), "as"),
        ("Kiratech S.p.A.", ("kiratech",), "spa"),
        ("Müller GmbH & Co. KG", ("muller",), "kg"),
        ("AS Norske Fjell", ("norske", "fjell"), "as"),
        ("A. C. Lund Ltd", ("ac", "lund"), "ltd"),
        ("AS", ("as",), ""),
        ("Endre & Hauge", ("endre", "hauge"), ""),
    ],
)
def test_a_name_without_its_legal_form(text: str, words: tuple[str, ...], form: str) -> None:
    name = name_of(text)
    assert (name.words, name.form) == (words, form)


def test_short_forms_of_a_name() -> None:
    assert "fvk" in acronyms_of(name_of("Fjord and Valley Kayak AS"))
    assert names_in("Board of Fjords (BF)") == ["Board of Fjords", "BF"]
    assert names_in("Dal Boats T/A Valley Rafting") == ["Dal Boats", "Valley Rafting"]
    assert names_in("Hanover (Scotland) Homes") == ["Hanover (Scotland) Homes"]


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://www.Dalen.kommune.no/plan", "dalen.kommune.no"),
        ("boats.co.uk", "boats.co.uk"),
        ("post@hotel.no", "hotel.no"),
        ("someone@gmail.com", ""),
        ("https://github.com/boats", ""),
        ("http://10.0.0.1/", ""),
        ("no site", ""),
    ],
)
def test_a_site_that_is_ones_own(address: str, site: str) -> None:
    assert site_of(address) == site


def asked(*entries: Entry) -> set[tuple[int, int]]:
    return {(pair.first, pair.second) for pair in likely_pairs(entries)}


# What else stands in the directory, so that words have their rarity.
CROWD = tuple(Entry(f"{name} {trade}") for name in ("Voss", "Stryn", "Flåm") for trade in ("Hotel", "Kayak", "Council"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Entry("Alpha"), Entry("Alpha AS")),
        (Entry("International Fjord Boats Corp."), Entry("IFB")),
        (Entry("Lærdal Smoked Trout"), Entry("Laerdal Smoked Truot AS")),
        (Entry("Master Boats"), Entry("MasterBoats Ltd")),
        (Entry("Teleporter", website="https://goteleporter.com"), Entry("Gravity", website="www.goteleporter.com/x")),
        (Entry("Gravity"), Entry("Something Else", aliases=("Gravity Ltd",))),
        (Entry("Fjellvik"), Entry("Utsikten", website="https://fjellvik.no")),
        (Entry("Kvikk", register_number="NO 912 345 678 MVA"), Entry("Kvick Ltd", register_number="912345678")),
    ],
)
def test_these_are_put_to_a_person(one: Entry, other: Entry) -> None:
    assert (len(CROWD), len(CROWD) + 1) in asked(*CROWD, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Entry("Aberdale Council"), Entry("Glendale Council")),
        (Entry("Fjord Boats 12"), Entry("Fjord Boats 17")),
        (Entry("Anonymous Organisation Bear"), Entry("Anonymous Organisation Dog")),
        (Entry("Hotel Utsikten", email="a@gmail.com"), Entry("Kayak Rental", email="b@gmail.com")),
        (Entry("Nordlys Energi", place="Bergen"), Entry("Nordlys Kafé", place="Tromsø")),
    ],
)
def test_these_are_not(one: Entry, other: Entry) -> None:
    assert (len(CROWD), len(CROWD) + 1) not in asked(*CROWD, one, other)


def test_a_site_of_many_says_little() -> None:
    shared = [Entry(f"{name} Works", website="https://portal.example") for name in ("Ask", "Birk", "Lind", "Rogn")]
    many = [*shared, *(Entry(f"Firm{n} {chr(97 + n)}{chr(110 + n)}", website="portal.example") for n in range(9))]
    assert not {pair for pair in asked(*many) if max(pair) < 4}


def test_a_short_form_that_one_explains_is_understood_in_others() -> None:
    entries = [Entry("Joint Fjord Rescue Service (JFRS)"), Entry("JFRS Voss"), Entry("Joint Fjord Rescue Service Voss")]
    assert (1, 2) in asked(*entries)


def test_reasons_add_up_to_the_score() -> None:
    index = Index()
    one, other = prepared(Entry("Alpha Boats", place="Voss")), prepared(Entry("Alpha Boats AS", place="Voss"))
    for entry in (one, other):
        index.add(entry)
    found = likeness(one, other, index)
    assert found.score > ASK
    assert [reason.points for reason in found.reasons] == sorted((r.points for r in found.reasons), reverse=True)
    assert {reason.code for reason in found.reasons} >= {"same_name", "same_place"}


_WORDS = st.sampled_from(["alpha", "boats", "as", "ltd", "ål", "12", "voss", "kayak", "&", "(ab)", "x", ""])
_ENTRIES = st.lists(
    st.builds(
        Entry,
        name=st.lists(_WORDS, min_size=1, max_size=4).map(" ".join),
        website=st.sampled_from(["", "https://a.example", "b.example"]),
        register_number=st.sampled_from(["", "912345678"]),
    ),
    max_size=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_ENTRIES)
def test_every_pair_once_in_order_and_the_same_both_ways(entries: list[Entry]) -> None:
    found = likely_pairs(entries, at_least=0.0)
    assert all(pair.first < pair.second for pair in found)
    assert len({(pair.first, pair.second) for pair in found}) == len(found)
    assert found == likely_pairs(entries, at_least=0.0)
    index = Index()
    both = [prepared(entry) for entry in entries]
    for entry in both:
        index.add(entry)
    for one in both:
        for other in both:
            assert likeness(one, other, index).score == pytest.approx(likeness(other, one, index).score, abs=0.002)
            assert 0 <= likeness(one, other, index).score <= 1


def test_blocks_lose_none_of_the_twins_among_thousands() -> None:
    rng = random.Random(5)
    letters = "abdefgiklmnoprstuv"
    names = ["".join(rng.choices(letters, k=9)).capitalize() + " Works" for _ in range(2_000)]
    twins = [Entry(f"{name} AS") for name in names[:50]]
    found = asked(*map(Entry, names), *twins)
    assert found >= {(number, 2_000 + number) for number in range(50)}
