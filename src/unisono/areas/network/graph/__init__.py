"""The network as a whole: who stands where, what holds it together, what would break it.

`actions` has the picture worked out in a job, `queries` read it, `sources` take further kinds of tie from areas above,
and `contacts` read from their column of the list when somebody was in touch.
"""
