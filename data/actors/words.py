"""Word lists of English news prose that the rules for actors go by."""

from __future__ import annotations

import re
from collections.abc import Iterable


def words(text: str) -> frozenset[str]:
    """Returns the words of a list."""
    return frozenset(text.split())


def any_of(listed: Iterable[str]) -> str:
    """Returns a pattern that matches any of some words."""
    return "(?:" + "|".join(sorted(map(re.escape, listed), key=lambda word: (-len(word), word))) + ")"


# What a demonym may stand before when it names the actor of an act: "the Turkish strikes".
ACTS = words("""
    abuse abuses accusation accusations action actions aggression aid aim aims airstrike airstrikes allegation
    allegations allies ally annexation appeal assault assertion assertions assistance attack attacks attempt
    attempts backing ban behavior behaviour blockade bombardment bombing campaign charge charges claim claims
    complaint complaints conduct cooperation crackdown decision demand demands deployment drills effort efforts
    embargo exercises expansion help hostility incursion incursions influence initiative interference
    intervention invasion involvement launch launches leadership meddling membership mobilisation move moves
    occupation offensive offer operation operations oppression overflight overflights participation people plan
    plans policy policies position presence pressure proposal proposals propaganda protest provocation
    provocations raid raids rejection report reports request requests response restriction restrictions rule
    sabotage sanctions shelling side sovereignty stance statement statements strike strikes support suggestion
    suggestions tariffs test tests threat threats violation violations weapons
""")

# What makes an organ before it a mere qualifier: "military vessels".
MATERIEL = words("""
    action aircraft aid alliance assets assistance base bases budget campaign contract convoy cooperation
    council deal drill drills equipment exercise exercises hardware intervention jet jets leader leaders means
    might operation operations pact parade personnel plane planes power presence rule service ship ships
    spending station stations strike strikes support tribunal vehicle vehicles vessel vessels
""")

# What makes a name before it a mere qualifier: "the Ukraine war".
SETTINGS = words("""
    airport avenue border coast coastline conflict crisis cup dollar game match open peninsula stock strait
    street time university war wars
""")

# Prepositions and verbs after which a state or capital is a place.
PLACE_PREPOSITIONS = words("""
    across around at from in inside into leave left near off outside through throughout via visiting within
""")
PLACE_ADJECTIVES = words("central downtown eastern nearby neighboring neighbouring northern occupied southern western")
PLACE_NOUNS = words("""
    area capital city coast district east north outskirts part parts province region south state town village
    west
""")
TRAVEL = words("""
    arrive arrived back flew flight flown fly headed moved return returned travel traveled travelled trip visit
    visits way went
""")

# Particles inside names.
PARTICLES = words("abu af al ben bin da das de del della den der di dos du el ibn la le ul van von")

# Capitalised words that begin no name.
NO_NAMES = words("""
    A Across After Against Also Although Amid Among An And April As Asked At August Because Before Between Both
    But By December Despite During Earlier Even February Five For Four Friday From He Her His How However If In
    It Its January July June Last Later Like Many March May Meanwhile Monday Most My Neither Next No Not
    November October On Once One Only Or Our Over Said Saturday Says September She Since So Some Still Sunday
    That The Their Then There These They This Those Though Three Thursday To Tuesday Two Under Unlike Until We
    Wednesday What When Where Which While Who Why With Yet
""")

# Those of them that are names too.
MONTH_NAMES = words("April August June May")

# Last or inner words of names that are not persons'.
NO_PERSONS = words("""
    Act Agency Airlines Airport Alliance Army Association Authority Bank Bay Bill Board Border Brigade Bureau
    Canal Capital Center Centre City Club College Command Commission Committee Company Congress Corp Corporation
    Council County Court Dam Day Department Division Electric Energy FC Federation Foundation Front Fund Gas
    Group Holdings Hospital House Inc Industries Institute Island Lake League Ltd Media Minerals Mining Ministry
    Motors Movement Network News Office Oil Organisation Organization Park Partners Party Petroleum Police Post
    Program Programme Project Province Radio Region Report River School Sea Senate Service Society Square State
    Station Steel Street Television Times Trust TV Union United University Valley War
""")

# Surnames of the tables that are words or first names too: only a person whom the article introduces bears them.
NO_SURNAMES = words("""
    Ai Albert Andrew Ban Bar Bishop Chad Cook Cotton Cousin Craft Drew Elder Ford Fore Friday Georgia Han Hang
    Ho Holder Hong Hook Hunt Israel Ja Jordan Key Kelly Kenny Lake Law Leo Leon Long Major Mao Mar Martin Mas
    Mass May Meta Moon Park Paul Pierre Pope Power Price Ri Rice Ross Saar Sam Sang Santos Song Stock Store
    Stoere Su Swing Tong Turk Victoria Wagner Wine Wong Young
""")

# Titles that are ordinary words unless they have an owner or a name.
PLAIN_TITLES = words("""
    captain chair chief commander director dr general guest head host judge justice king lord major member mr
    mrs ms officer official prince private queen representative secretary sir
""")

# Forms of address, which give nobody an office.
HONORIFICS = words("dr lord mr mrs ms sir")

# Verbs of saying, as they stand beside a name.
SAID = words(
    "accused added adds argued argues called insisted insists praised said says told tells warned warns writes wrote"
)

# Pronouns that may stand for an actor.
PRONOUNS = words("he her him i it me she them they us we you")

# Where something is posted, which is a place and no actor.
PLATFORMS = frozenset(("X", "Twitter", "Facebook", "Instagram", "Telegram", "TikTok", "Truth Social", "YouTube"))

# What counts a group and is none by itself.
QUANTIFIERS = words("both dozens few hundreds multiple several thousands")
