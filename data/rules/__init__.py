"""Labelling rules: what the words around two actors say of a stance, without a model.

A rule sees a pair and votes for a stance or abstains. How far each can be trusted is measured on
the gold, and the votes on a pair become weights over stances (`combine.py`): labels of the tier
`weak`, for text that nobody has read.
"""
