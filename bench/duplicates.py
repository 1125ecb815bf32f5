"""Duplicates: precision and recall on labelled pairs, against plain likeness of names, and speed.

    python bench/duplicates.py [--seed 7] [--fit] [--rows 100000] [--show 0]

Labels come from ../shared/data (see docs/algorithms/duplicates.md): in `directory-cncf` one profile address is one
organisation, and its address spells the name otherwise than the member list; organisations of `tenders-uk` have
addresses, register numbers and legal forms. To both come documented distortions. Half of the organisations, by the
seed, are for fitting and choosing thresholds, the other half for the figures. No label is stored.
"""

import argparse
import csv
import json
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from unisono.core.duplicates import Entry, likely_pairs, site_of
from unisono.core.duplicates import weights as fitted
from unisono.core.duplicates.finding import index_of
from unisono.core.duplicates.likeness import FEATURES, evidence
from unisono.core.duplicates.names import bare_name
from unisono.core.text import fold

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_MARKS = re.compile(r"\s*\((?:member|supporter|contributor)\)$")
_CODE = re.compile(r"-[0-9a-f]{4}$")
_POST_CODE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b")
_FORMS = ["AS", "GmbH", "Ltd", "Limited", "Inc.", "S.p.A.", "B.V.", "AB", "Oy", "ApS", "PLC", "AG", "SA", "LLC"]
_SISTERS = ["Energy", "Medical", "North", "South", "Marine", "Finance", "Logistics", "Property", "Foods", "Wales"]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A record of the directory, the organisation that it is of, where it comes from, and how it was made."""

    entry: Entry
    organization: str
    source: str
    made: str = "published"


def landscape() -> list[Labelled]:
    """Members with their site; and once more by their profile's address, with the site of one of their products."""
    with (DATA / "directory-cncf" / "items.csv").open(encoding="utf-8", newline="") as file:
        items = list(csv.DictReader(file))
    records, products = [], defaultdict(list)
    for item in items:
        key = item["crunchbase"]
        if item["category"] == "CNCF Members":
            name = _MARKS.sub("", item["name"])
            records.append(Labelled(Entry(name, website=item["homepage_url"]), key or f"only {name}", "landscape"))
        elif key:
            products[key].append(item["homepage_url"])
    members = {record.organization for record in records}
    for key in sorted({*products, *(k for k in members if k.startswith("http"))}):
        slug = _CODE.sub("", key.rstrip("/").rpartition("/")[2]).replace("-", " ")
        site = products[key][0] if products[key] else ""
        records.append(Labelled(Entry(slug, website=site), key, "landscape", "address"))
    return records


def tenders() -> list[Labelled]:
    """Buyers and suppliers with address, site and register number, each spelling one record."""
    found: dict[str, Entry] = {}
    with (DATA / "tenders-uk" / "releases.jsonl").open(encoding="utf-8") as file:
        for line in file:
            for party in json.loads(line).get("parties", []):
                name, address = party.get("name", "").strip(), party.get("address") or {}
                if not name or "below" in name.lower():
                    continue
                number = party["id"][7:] if party["id"].startswith("GB-COH-") else ""
                whole = ", ".join(filter(None, (address.get("streetAddress"), address.get("postalCode"))))
                old = found.get(name, Entry(name))
                found[name] = old._replace(
                    website=old.website or (party.get("details") or {}).get("url") or "",
                    register_number=old.register_number or number,
                    address=old.address or whole,
                    place=old.place or address.get("locality") or "",
                )
    return [Labelled(entry, f"tender {name}", "tenders") for name, entry in sorted(found.items())]


def distorted(records: list[Labelled], rng: random.Random) -> list[Labelled]:
    """A second record of every other organisation as somebody else would write it, and sisters that are others."""
    made = []
    kinds: list[tuple[str, Callable[[str, random.Random], str]]] = [
        ("form", _other_form), ("acronym", _acronym), ("typo", _typo), ("word left out", _without_word),
        ("order", _turned), ("joined", _joined), ("letters", _folded), ("word more", _with_word),
    ]  # fmt: skip
    for record in records:
        if record.made != "published":
            continue
        if rng.random() < 0.5:
            kind, change = kinds[rng.randrange(len(kinds))]
            name = change(record.entry.name, rng)
            if name and name != record.entry.name:
                made.append(replace(record, entry=_other_fields(record.entry._replace(name=name), rng), made=kind))
        if rng.random() < 0.15:
            word = rng.choice(_SISTERS)
            words, form = bare_name(record.entry.name.split())
            name = " ".join([*words, word, form.upper()]).strip()
            entry = Entry(name, place=rng.choice(["", record.entry.place]))
            made.append(Labelled(entry, f"sister {record.organization} {word}", record.source, "sister"))
    return made


def _other_fields(entry: Entry, rng: random.Random) -> Entry:
    """Each field is kept with an even chance; a site may end otherwise, an address be shortened."""

    def maybe(text: str, chance: float = 0.5) -> str:
        return text if rng.random() < chance else ""

    site = maybe(entry.website)
    if site and rng.random() < 0.15:
        site = re.sub(r"\.[a-z]+(?=/|$)", rng.choice([".com", ".org", ".eu", ".net"]), site, count=1)
    return entry._replace(
        website=site, register_number=maybe(entry.register_number), address=maybe(entry.address),
        place=maybe(entry.place, 0.7),
    )  # fmt: skip


def _other_form(name: str, rng: random.Random) -> str:
    words = name.split()
    bare = words[:-1] if len(words) > 1 and bare_name(fold(name).replace(".", "").split())[1] else words
    return " ".join([*bare, rng.choice([*_FORMS, ""])]).strip()


def _acronym(name: str, rng: random.Random) -> str:
    words = bare_name(re.findall(r"\w+", fold(name)))[0]
    return "".join(word[0] for word in words).upper() if len(words) >= 3 else ""


def _typo(name: str, rng: random.Random) -> str:
    if len(name) < 6:
        return ""
    at = rng.randrange(1, len(name) - 1)
    return rng.choice([name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:],
                       name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]])  # fmt: skip


def _without_word(name: str, rng: random.Random) -> str:
    words = name.split()
    return " ".join(words[:-1]) if len(words) > 2 else ""


def _turned(name: str, rng: random.Random) -> str:
    words = name.split()
    return " ".join([words[-1], *words[:-1]]) if len(words) > 1 else ""


def _joined(name: str, rng: random.Random) -> str:
    return name.replace(" ", "", 1) if " " in name else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _folded(name: str, rng: random.Random) -> str:
    return fold(name).replace("&", "and").replace(" and ", " & ", 1 if "&" not in name else 0)


def _with_word(name: str, rng: random.Random) -> str:
    return f"{name} {rng.choice(['Group', 'International', 'Norway', 'UK', 'Technologies', 'Holding'])}"


def directories(seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """(for fitting, for testing): all records of an organisation, and its sisters, are in the same one."""
    rng = random.Random(seed)
    records = [*landscape(), *tenders()]
    records += distorted(records, rng)
    names = sorted({_family(record) for record in records})
    chosen = set(rng.sample(names, len(names) // 2))
    return [r for r in records if _family(r) in chosen], [r for r in records if _family(r) not in chosen]


def _family(record: Labelled) -> str:
    return record.organization.removeprefix("sister ").rpartition(" ")[0] if record.made == "sister" else (
        record.organization
    )  # fmt: skip


def truth(records: list[Labelled], one: int, other: int) -> bool | None:
    """Whether two records are of one organisation; None where the data do not say.

    Two spellings in the tenders are two organisations when both have a post code and these differ.
    """
    first, second = records[one], records[other]
    if first.organization == second.organization:
        return True
    if first.source == second.source == "tenders":
        if _family(first) == _family(second):
            return False
        codes = [_POST_CODE.findall(record.entry.address.lower()) for record in (first, second)]
        return False if codes[0] and codes[1] and codes[0][-1] != codes[1][-1] else None
    return False


def same_pairs(records: list[Labelled]) -> set[tuple[int, int]]:
    """All pairs of records of one organisation."""
    by_organization: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        by_organization[record.organization].append(number)
    return {(a, b) for numbers in by_organization.values() for a in numbers for b in numbers if a < b}


def figures(records: list[Labelled], proposed: Iterable[tuple[int, int]]) -> dict[str, float]:
    """Precision over judged pairs, recall over all true ones, and the same recall on published spellings alone."""
    proposed = set(proposed)
    wanted = same_pairs(records)
    real = {(a, b) for a, b in wanted if {records[a].made, records[b].made} <= {"published", "address"}}
    judged = {pair: truth(records, *pair) for pair in proposed}
    right = sum(1 for value in judged.values() if value)
    wrong = sum(1 for value in judged.values() if value is False)
    return {
        "precision": right / max(1, right + wrong), "recall": len(proposed & wanted) / max(1, len(wanted)),
        "recall as published": len(proposed & real) / max(1, len(real)),
        "right": right, "wrong": wrong, "not judged": len(proposed) - right - wrong,
    }  # fmt: skip


def f1(found: dict[str, float]) -> float:
    return 2 * found["precision"] * found["recall"] / max(1e-9, found["precision"] + found["recall"])


def fit(records: list[Labelled], penalty: float = 0.3) -> tuple[float, dict[str, float]]:
    """Logistic regression on the compared pairs by gradient steps, weights kept on their side of zero."""
    index = index_of([record.entry for record in records])
    rows, labels = [], []
    for one, other in index.pairs():
        value = truth(records, one, other)
        if value is None:
            continue
        found, _details = evidence(index.entries[one], index.entries[other], index)
        rows.append([found.get(name, 0.0) for name in FEATURES])
        labels.append(value)
    # Of these the labelled pairs say nothing, so they are left as they were set by hand.
    fixed = np.array([name in ("same_mail", "other_register", "other_country") for name in FEATURES])
    by_hand = np.array([fitted.WEIGHTS[name] for name in FEATURES])
    y, x = np.array(labels, dtype=float), np.array(rows)
    print(f"fitting on {len(y):,} compared pairs, {int(y.sum()):,} of them the same", file=sys.stderr)
    sides = np.array([-1.0 if name.startswith(("other_", "own_")) else 1.0 for name in FEATURES])
    weights, bias = np.where(fixed, by_hand, 0.0), 0.0
    step = 4.0 / (0.25 * (1 + (x**2).sum(axis=1)).mean())
    for _round in range(6_000):
        p = 1 / (1 + np.exp(-(x @ weights + bias)))
        weights -= step * ((x.T @ (p - y) + penalty * weights) / len(y))
        weights = np.where(fixed, by_hand, sides * np.maximum(0, sides * weights))
        bias -= step * (p - y).mean()
    return round(float(bias), 2), {name: round(float(w), 2) for name, w in zip(FEATURES, weights, strict=True)}


def compared(records: list[Labelled]) -> list[tuple[float, int, int]]:
    """(score, one, other) of every pair that blocking lets be compared."""
    pairs = likely_pairs([record.entry for record in records], at_least=0.0)
    return [(pair.likeness.score, pair.first, pair.second) for pair in pairs]


def plain(records: list[Labelled], scorer: Callable[..., float]) -> list[tuple[float, int, int]]:
    """(score, one, other) by one likeness of the folded names, everybody with everybody."""
    names = [fold(record.entry.name) for record in records]
    matrix = process.cdist(names, names, scorer=scorer, dtype=np.uint8)
    ones, others = np.nonzero(np.triu(matrix >= 55, 1))
    return [(float(matrix[a, b]), int(a), int(b)) for a, b in zip(ones, others, strict=True)]


def linkage(train: list[Labelled], test: list[Labelled]) -> set[tuple[int, int]] | None:
    """The toolkit `recordlinkage` as its guide shows it, where it is installed, fitted on the same half."""
    try:
        import pandas
        import recordlinkage
    except ImportError:
        return None

    def features(records: list[Labelled]) -> "pandas.DataFrame":
        frame = pandas.DataFrame(
            {
                "name": [fold(record.entry.name) for record in records],
                "site": [site_of(record.entry.website) or None for record in records],
                "place": [fold(record.entry.place) or None for record in records],
                "address": [fold(record.entry.address) or None for record in records],
                "register": [record.entry.register_number or None for record in records],
            }
        )
        frame["start"] = frame["name"].str[:4]
        indexer = recordlinkage.Index()
        indexer.sortedneighbourhood("name", window=9)
        for column in ("start", "site", "register"):
            indexer.block(column)
        compare = recordlinkage.Compare()
        for method in ("jarowinkler", "qgram", "cosine"):
            compare.string("name", "name", method=method, label=method)
        compare.string("address", "address", method="qgram", label="address")
        for column in ("site", "place", "register"):
            compare.exact(column, column, label=column)
        return compare.compute(indexer.index(frame), frame)

    fitting, asked = features(train), features(test)
    known = fitting[[truth(train, *sorted(pair)) is not None for pair in fitting.index]]
    matches = known.index[[bool(truth(train, *sorted(pair))) for pair in known.index]]
    classifier = recordlinkage.LogisticRegressionClassifier()
    classifier.fit(known, matches)
    return {(min(pair), max(pair)) for pair in classifier.predict(asked)}


def best_threshold(records: list[Labelled], scored: list[tuple[float, int, int]], steps: Iterable[float]) -> float:
    """The threshold with the best F1."""
    return max(steps, key=lambda t: f1(figures(records, ((a, b) for s, a, b in scored if s >= t))))


def report(title: str, found: dict[str, float]) -> None:
    print(
        f"{title:<44} precision {found['precision']:.3f}  recall {found['recall']:.3f}  F1 {f1(found):.3f}  "
        f"as published {found['recall as published']:.3f}  wrong {found['wrong']:>4}  not judged {found['not judged']}"
    )


def quality(seed: int, show: int) -> None:
    """Figures on the test part."""
    train, test = directories(seed)
    print(f"seed {seed}: {len(test):,} records, {len(same_pairs(test)):,} true pairs for testing")
    scored = compared(test)
    blocked = {(a, b) for _s, a, b in scored}
    print(f"compared {len(scored):,} pairs; {len(blocked & same_pairs(test)):,} of the true ones are among them")
    for title, threshold in (("Unisono, asked", fitted.ASK), ("Unisono, very likely", fitted.LIKELY)):
        report(f"{title} (score >= {threshold})", figures(test, ((a, b) for s, a, b in scored if s >= threshold)))
    for scorer in (fuzz.token_sort_ratio, fuzz.token_set_ratio, fuzz.WRatio):
        threshold = best_threshold(train, plain(train, scorer), range(60, 100, 2))
        found = figures(test, ((a, b) for s, a, b in plain(test, scorer) if s >= threshold))
        report(f"rapidfuzz {scorer.__name__} >= {threshold}", found)
    linked = linkage(train, test)
    if linked is not None:
        report("recordlinkage, logistic regression", figures(test, linked))
    wanted = same_pairs(test)
    missed = wanted - {(a, b) for s, a, b in scored if s >= fitted.ASK}
    by_kind: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for a, b in wanted:
        kind = next((test[n].made for n in (b, a) if test[n].made not in ("published", "address")), "as published")
        by_kind[kind][0] += 1
        by_kind[kind][1] += (a, b) not in missed
    print("found by kind: " + ", ".join(f"{kind} {n[1]}/{n[0]}" for kind, n in sorted(by_kind.items())))
    if show:
        scores = {(a, b): s for s, a, b in scored}
        for a, b in sorted(missed, key=lambda p: -scores.get(p, 0))[:show]:
            print(f"  missed {scores.get((a, b), -1):.2f}  {test[a].entry} | {test[b].entry}")
        wrong = [(s, a, b) for s, a, b in scored if s >= fitted.ASK and truth(test, a, b) is False]
        for s, a, b in wrong[:show]:
            print(f"  wrong {s:.2f}  {test[a].entry} | {test[b].entry}")
        for s, a, b in [x for x in scored if x[0] >= fitted.ASK and truth(test, x[1], x[2]) is None][:show]:
            print(f"  not judged {s:.2f}  {test[a].entry.name} | {test[b].entry.name}")


def speed(rows: int, seed: int) -> None:
    """Seconds for a made-up directory of which one in fifty is there twice."""
    rng = random.Random(seed)
    syllables = ["ka", "lor", "ven", "tis", "mar", "dun", "sel", "bri", "fjo", "nor", "hav", "gra", "pil", "oma", "ust"]
    trades = [
        "Kayak",
        "Cider",
        "Hotel",
        "Boats",
        "Trout",
        "Guides",
        "Bakery",
        "Rail",
        "Cabins",
        "Software",
        "Consulting",
    ]
    entries: list[Entry] = []
    while len(entries) < rows:
        word = "".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))).capitalize()
        name = f"{word} {rng.choice(trades)}" + rng.choice(["", " AS", " Ltd", " GmbH", f" {rng.randint(2, 99)}"])
        site = f"https://www.{word.lower()}{len(entries)}.example" if rng.random() < 0.7 else ""
        entries.append(
            Entry(name, website=site, place=rng.choice(trades), register_number=str(900_000_000 + len(entries)))
        )
        if rng.random() < 0.02:
            entries.append(Entry(_typo(name, rng) or name, website=site))
    began = time.process_time()
    index = index_of(entries)
    indexed = time.process_time()
    pairs = sum(1 for _pair in index.pairs())
    blocked = time.process_time()
    found = likely_pairs(entries)
    print(
        f"{rows:,} organisations: {pairs:,} pairs compared, {len(found):,} to ask, "
        f"{time.process_time() - blocked:.1f} processor s "
        f"in all (index {indexed - began:.1f} s, blocks {blocked - indexed:.1f} s)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fit", action="store_true", help="print weights fitted on the other half")
    parser.add_argument("--rows", type=int, default=100_000, help="organisations for the measure of speed; 0 for none")
    parser.add_argument("--show", type=int, default=0, help="print so many of the missed and of the wrong")
    options = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"{DATA} is not here")
    if options.fit:
        bias, weights = fit(directories(options.seed)[0])
        print(f"BIAS = {bias}")
        print("WEIGHTS = " + json.dumps(weights, indent=4))
        return
    quality(options.seed, options.show)
    if options.rows:
        speed(options.rows, options.seed)


if __name__ == "__main__":
    main()
