"""The rules of verb frames: who does what to whom, asserted, in the source's own clause."""

from __future__ import annotations

import re

from data.rules.frames import Frame, frames
from data.rules.rule import ARTICLE, FAR, NEAR, Rule, Vote
from data.rules.view import PairView
from data.schema import Stance

_NEGATED = re.compile(
    r"(?:\b(?:not|never|nor|neither|without|nobody|hardly|barely|rather than|instead of|stop(?:ped|s)? short of|"
    r"declin\w+ to|refus\w+ to|fail\w* to|avoid\w*|refrain\w* from|unwilling to|reluctant to)\b|n['’]t\b)[^,;]{0,30}$"
)
_UNREAL = re.compile(
    r"\b(?:would|could|may|might|if|whether|unless|should|likely to|expected to|threaten\w* to|consider\w*|"
    r"prepar\w+ to|ready to|poised to|hop\w+ to|wants? to|weigh\w*|mull\w*)\b[^,;]{0,30}$"
)
_OTHER_SUBJECT = re.compile(
    r"\b(?:said|says?|saying|told|tells|reported|reports|claimed|claims|noted|added|announced|stated|that|where|while|"
    r"after|before|as|when|because|and|but)\s+(?:the\s+|an?\s+)?(?:[A-Z]|he\b|she\b|they\b|it\b|<)"
)
_NOUN = re.compile(r"\b(?:the|a|an|of|for|in|with|on|its|his|her|their|our|my|more|any|some|no|under|s)\s+$")
_QUOTED = re.compile(r"[“\"](?![^”\"]*[”\"])(?!\s*(?:I|We|we)\b)[^”\"]*$")  # in words quoted from somebody
_PARTICLE = re.compile(r"\b(?:push|hit|fir|hold|pull|fall|bit|fight|com|go|went|held|fell)\w*\s+$")  # "pushed back"
_ASKS = r"\b(?:urg|ask|press|call|appeal|pressur|encourag|want|tell|told|request|lobb|push|implor)\w*\b"
_ADDRESSED = re.compile(rf"{_ASKS}(?: on| to| for)? (?:the |an? )?$")
_URGED = re.compile(rf"{_ASKS}[^,;]{{0,60}}\bto (?:\w+ly )?$")
_JOINT = re.compile(r"^(?:,? and |, )(?:the )?[A-Z]\w*(?: [A-Z]\w*)*")  # "Norway and Denmark": one subject
_OTHER_OBJECT = re.compile(r"\b(?:for|by|after|while|as|amid|from)\s+\w+ing\b")


def clause_rules() -> list[Rule]:
    """Returns an active and a passive rule for each frame, and those that hold of all frames alike."""
    own = []
    for name, frame in frames().items():
        own += [Rule(f"{name}, active", _active(frame)), Rule(f"{name}, passive", _passive(frame))]
    strong = [frame for frame in frames().values() if frame.stance is not Stance.NEUTRAL]
    verbs = _union(strong)
    blame = _union([frame for frame in strong if frame.stance is Stance.CONDEMN])
    return [
        *own,
        Rule("stance negated", _guarded(verbs, _NEGATED, Stance.NEUTRAL)),
        Rule("stance not real", _guarded(verbs, _UNREAL, Stance.NEUTRAL)),
        Rule("urges others to blame", _guarded(blame, _URGED, Stance.CONDEMN)),
        Rule("is urged to take a stance", _addressee(verbs)),
        Rule("tells another's stance", _teller(verbs)),
        Rule("way back of a stance", _way_back(strong)),
    ]


def _union(among: list[Frame]) -> str:
    return f"(?:{'|'.join(frame.verbs for frame in among)})"


def _active(frame: Frame) -> Vote:
    """S <verb> T: the stance of the frame, if the clause is S's own, asserted, and reaches T."""
    pattern = re.compile(rf"<S>(?P<before>{FAR}){frame.verbs}(?P<after>{NEAR})<T>")

    def vote(view: PairView) -> Stance | None:
        for hit in pattern.finditer(view.text):
            before = _JOINT.sub("", hit.group("before"))
            asked = _ADDRESSED.search(view.text[: hit.start()])
            guards = (_NOUN, _OTHER_SUBJECT, _URGED, _NEGATED, _UNREAL, _QUOTED, _PARTICLE)
            if any(guard.search(before) for guard in guards) or (asked and re.search(r"\bto\b", before)):
                continue
            if not _OTHER_OBJECT.search(hit.group("after")):
                return frame.stance
        return None

    return vote


def _passive(frame: Frame) -> Vote:
    """T was <verb>ed by S."""
    pattern = re.compile(
        rf"<T>(?P<before>{NEAR})\b(?:was|were|is|are|been|being|be|got)\b(?P<adverb>[^,;.]{{0,20}}?)"
        rf"{frame.participles}{NEAR}\bby {ARTICLE}<S>"
    )

    def vote(view: PairView) -> Stance | None:
        hit = pattern.search(view.text)
        if not hit or _NEGATED.search(hit.group("adverb")) or _UNREAL.search(hit.group("before")):
            return None
        return frame.stance

    return vote


def _guarded(verbs: str, guard: re.Pattern[str], stance: Stance) -> Vote:
    """S <guard> <verb> T, in S's own clause."""
    pattern = re.compile(rf"<S>(?P<before>{FAR}){verbs}{NEAR}<T>")

    def vote(view: PairView) -> Stance | None:
        before = (_JOINT.sub("", hit.group("before")) for hit in pattern.finditer(view.text))
        barred = (_OTHER_SUBJECT, _QUOTED)
        own = (words for words in before if not any(bar.search(words) for bar in barred))
        return stance if any(guard.search(words) for words in own) else None

    return vote


def _addressee(verbs: str) -> Vote:
    """Somebody urged S to <verb> T: what S does is not told."""
    pattern = re.compile(rf"{_ASKS}(?: on| to)? {ARTICLE}<S>[^;]{{0,40}}?\bto\b[^;]{{0,30}}?{verbs}{NEAR}<T>")
    return lambda view: Stance.NEUTRAL if pattern.search(view.text) else None


def _teller(verbs: str) -> Vote:
    """S said that somebody else <verb>s T: S takes no stance by telling."""
    said = r"\b(?:said|says|told|reported|noted|announced|stated|added)\b"
    other = r"(?: that)?(?: the)? (?!Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)[A-Z]"
    pattern = re.compile(rf"<S>{NEAR}{said}{other}[^;\"“]{{0,60}}?{verbs}{NEAR}<T>")
    return lambda view: Stance.NEUTRAL if pattern.search(view.text) else None


def _way_back(among: list[Frame]) -> Vote:
    """T takes a stance towards S: the way back is neutral, unless something else speaks."""
    forth = [vote for frame in among for vote in (_active(frame), _passive(frame))]

    def vote(view: PairView) -> Stance | None:
        turned = view.reversed()
        return Stance.NEUTRAL if any(rule(turned) for rule in forth) else None

    return vote
