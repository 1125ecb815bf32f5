"""Weights of the evidence, fitted by `bench/duplicates.py --fit`, and the two thresholds chosen on the same part."""

BIAS = -3.49
WEIGHTS: dict[str, float] = {
    "same_name": 3.72,
    "rare_name": 3.95,
    "acronym": 4.0,
    "words": 4.14,
    "rare_part": 0.67,
    "other_spelling": -0.69,
    "own_words": -3.88,
    "own_part": -2.3,
    "same_site": 4.55,
    "same_site_name": 2.49,
    "other_site": -1.06,
    "site_named": 3.66,
    "same_register": 2.95,
    "same_address": 2.42,
    "other_address": -2.7,
    "same_place": 0.29,
    "other_place": -1.1,
    # Set by hand: the labelled pairs say nothing about these.
    "same_mail": 2.5,
    "other_register": -2.0,
    "other_country": -1.0,
}
# From here on a person is asked; nothing is ever merged by the score alone.
ASK = 0.4
# From here on the two are very likely the same, and stand first.
LIKELY = 0.9
