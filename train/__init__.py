"""Turns labelled pairs into models, with the record of how."""
