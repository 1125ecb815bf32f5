"""The network area: who belongs, what they have, need and offer, and how they are tied."""
