"""Reads actors of a user's own from one YAML file: names, aliases, kind, country and the time they are valid.

```yaml
- name: Harbour Watch
  aliases: [HW, the Watch]
  kind: ngo
  country: KEN
- name: Ana Ruiz
  aliases: [Ruiz]
  kind: person
  country: PER
  on_behalf_of: PER        # a state by its code, or an organisation by a name of the tables or of this file
  sector: GOV
  from: 2021-07            # both ends optional; outside them, and in articles without a date, she speaks for nobody
  to: 2022-12
```
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from data.actors.rows import days

Kind = Literal["state", "igo", "person", "party", "armed_group", "company", "ngo", "media", "group"]


class ActorFileError(ValueError):
    """A file of actors cannot be used; the message says where, what was expected and what was found."""


class CustomActor(BaseModel):
    """An actor of a user's own; see the module for the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: Annotated[str, Field(min_length=2)]
    kind: Kind
    aliases: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    sector: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    on_behalf_of: str | None = None
    since: Annotated[str, Field(alias="from")] = ""
    until: Annotated[str, Field(alias="to")] = ""

    @field_validator("since", "until", mode="before")
    @classmethod
    def _is_a_day(cls, value: object) -> str:
        text = str(value)
        try:
            days(text)
        except ValueError:
            raise ValueError("expected a date as YYYY, YYYY-MM or YYYY-MM-DD") from None
        return text


class _Loader(yaml.BaseLoader):
    """Reads every scalar as text, and refuses a key that stands twice, whose first value would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                problem = f"found {key} twice in one actor; begin each actor with `- name: ...`"
                raise yaml.constructor.ConstructorError(None, None, problem, node.value[place][0].start_mark)
        return super().construct_mapping(node, deep)


def read_actors(path: Path) -> tuple[CustomActor, ...]:
    """Reads a file of actors.

    Raises:
        ActorFileError: If the file is missing, no YAML list, or an actor in it is not as expected.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise ActorFileError(f"{path}: expected a YAML file of actors, found none ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ActorFileError(f"{path} is no YAML: {error}") from None
    wrong = raw if not isinstance(raw, list) else next((item for item in raw if not isinstance(item, Mapping)), None)
    if wrong is not None or not isinstance(raw, list):
        raise ActorFileError(
            f"{path}: expected a list of actors, each with name and kind, found {type(wrong).__name__} {wrong!r}; "
            "begin each actor with `- name: ...`"
        )
    try:
        actors = TypeAdapter(tuple[CustomActor, ...]).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        number, *field = first["loc"]
        name = raw[int(number)].get("name", "without a name")
        raise ActorFileError(
            f"{path}, actor {int(number) + 1} ({name}), {'.'.join(map(str, field)) or 'as a whole'}: "
            f"{first['msg']}; found {first['input']!r}"
        ) from None
    for actor in actors:
        if actor.since and actor.until and actor.until < actor.since[: len(actor.until)]:
            raise ActorFileError(f"{path}, {actor.name}: it ends ({actor.until}) before it begins ({actor.since})")
    counts = Counter(name for actor in actors for name in {actor.name, *actor.aliases})
    if twice := sorted(name for name, count in counts.items() if count > 1):
        raise ActorFileError(f"{path}: {', '.join(twice)} named for more than one actor; give each name to one")
    return actors
