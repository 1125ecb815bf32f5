"""The network as a whole: who stands where, what holds it together, what would break it.

`actions` has the picture worked out in a job, `queries` read it, `sources` and `contacts` take what areas above add:
further kinds of tie, and further ways of having been in touch.
"""
