"""Reads the day out of the date that an article gives, as archives, feeds and newspapers write it."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parsedate

_PARTED = re.compile(r"(\d{4})([-/.])(\d\d?)(?:\2(\d\d?))?(?!\d)")
_SOLID = re.compile(r"(\d{4})(?:(\d\d)(\d\d)(?:T?\d{6}Z?)?)?")


def day_of(published: str | None) -> str | None:
    """Returns the day of a date as `2024-03-05`, the first of a year or month alone; None where it is no date."""
    text = (published or "").strip()
    if parted := _PARTED.match(text):
        numbers = parted.group(1, 3, 4)
    elif solid := _SOLID.fullmatch(text):
        numbers = solid.groups()
    elif named := parsedate(text) or parsedate(f"{text} 00:00"):  # Tue, 05 Mar 2024 09:12:00 GMT; March 5, 2024
        numbers = named[:3]
    else:
        return None
    try:
        return date(*(int(number or 1) for number in numbers)).isoformat()
    except (ValueError, OverflowError):
        return None
