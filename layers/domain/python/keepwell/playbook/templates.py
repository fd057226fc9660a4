"""That the texts of plays are templates that can be filled in and read only names there are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from keepwell.attributes import Catalogue
from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Source
from keepwell.plays.context import sample_context, sample_user, snake
from keepwell.plays.rendering import FaultyTemplate, names_in, try_out

_NAMES = {
    "account.id", "account.name", "account.health", "account.health_score",
    "transition.passage", "transition.day", "transition.because", "transition.drivers", "transition.reasons",
    "play.id", "play.name",
}  # fmt: skip
_OF_USERS = {"user.id", "user.name"}


def check_templates(
    check: Checker, source: Source[Any], place: Place, value: Any, *, of_users: bool = False
) -> None:
    """Check every text in the lists and mappings of `value`, which stands at `place`; those of a play
    `of_users` may tell of the person."""
    texts = list(_texts(value, place))
    if not texts:
        return
    attributes = _by_name("account", check.catalogue)
    sample = sample_context(check.catalogue)
    if of_users and check.catalogue.users is not None:
        attributes |= _by_name("user", check.catalogue.users)
        sample |= sample_user(check.catalogue.users)
    known = _NAMES | set(attributes) | (_OF_USERS if of_users else set())
    for at, text in texts:
        try:
            names = _first_two_steps(names_in(text))
            if names.keys() <= known:
                try_out(text, sample)
        except FaultyTemplate as faulty:
            message = f"the template cannot be filled in: {faulty.reason}"
            check.note_within(source, at, text, faulty.offset, message, faulty.suggestion)
            continue
        for name, offset in names.items():
            if name not in known:
                message = f"a template knows no {name}"
                check.note_within(source, at, text, offset, message, nearest(name, known))
            elif len(alike := attributes.get(name, ())) > 1:
                message = f"{name} is {' as well as '.join(alike)}: rename one of them"
                check.note_within(source, at, text, offset, message, None)


def _by_name(of: str, catalogue: Catalogue) -> dict[str, list[str]]:
    """The attributes by the names that templates have for them."""
    found = dict[str, list[str]]()
    for attribute in catalogue:
        if name := snake(attribute.name):
            found.setdefault(f"{of}.{name}", []).append(attribute.name)
    return found


def _first_two_steps(names: Mapping[str, int]) -> dict[str, int]:
    """`transition.reasons[0].value` is known by `transition.reasons`."""
    return {".".join(re.split(r"[.\[]", name)[:2]): offset for name, offset in names.items()}


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in nested lists and mappings, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, (*place, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _texts(part, (*place, number))
