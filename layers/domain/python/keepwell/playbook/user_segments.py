"""Segments of users, checked and in their compiled form."""

from typing import Any

from keepwell.attributes import Catalogue
from keepwell.playbook import kinds
from keepwell.playbook.actions import ExitTags
from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.examples import exemplified_by_users
from keepwell.playbook.loading import Source
from keepwell.playbook.plays import compile_tags
from keepwell.playbook.segments import border
from keepwell.plays import Existing

Part = dict[str, Any]


def compile_user_segments(check: Checker, owner: str) -> list[Part]:
    """The segments of users, in the order of their ids; `owner` answers for those that name nobody."""
    found = sorted(check.sources.of(kinds.UserSegment).items())
    return [_user_segment(source, owner, check) for _, source in found]


def _user_segment(source: Source[kinds.UserSegment], owner: str, check: Checker) -> Part:
    says = source.says
    _check_id(source, check)
    conditions = {
        "criteria": exemplified_by_users(check, source, ("criteria",), says.criteria, says.examples),
        "leave": check.condition(source, ("leave",), says.leave, _users(check)),
    }
    return {
        **border(source, conditions, owner),
        "on_entry": _tags(source, ("on_entry",), says.on_entry, check),
        "on_exit": _tags(source, ("on_exit",), says.on_exit, check),
        "acts_on_members": says.on_entry is not None and says.on_entry.existing is Existing.ACT,
    }


def _users(check: Checker) -> Catalogue:
    assert check.catalogue.users is not None
    return check.catalogue.users


def _check_id(source: Source[kinds.UserSegment], check: Checker) -> None:
    """That no segment of accounts has the id: a bloc's may."""
    if source.id in check.sources.of(kinds.Segment):
        check.note(
            source, ("of",), f"{source.id!r} is also the id of a segment of accounts: rename this file"
        )


def _tags(
    source: Source[kinds.UserSegment], place: Place, says: ExitTags | None, check: Checker
) -> list[list[str]]:
    """The tags added, and those removed."""
    if says is None:
        return [[], []]
    tags = compile_tags(source, place, says, check, _users(check))
    return [tags["add_tags"], tags["remove_tags"]]
