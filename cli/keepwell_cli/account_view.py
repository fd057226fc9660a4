"""What `keepwell account` shows to people, made of its document alone."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepwell.deliveries import DeliveryState
from keepwell.tasks import RunState
from keepwell_cli.chronicle import was
from keepwell_cli.explanation import COLOUR, dimension_table, in_words, metric_table
from keepwell_cli.output import plain

LATEST_PASSAGES = 10


def view(document: dict[str, Any]) -> RenderableType:
    """The whole answer, the most important first."""
    facts = _named("fact", document["facts"])
    standing = document["standing"]
    if standing is None:
        return Group(facts, "", "[dim]not evaluated yet[/]", *_relations(document))
    colour = COLOUR[standing["health"]]
    score = "" if standing["score"] is None else f" {standing['score']}"
    profile = plain(f"  profile {standing['profile'] or 'none'}")
    head = Text.assemble((f"{standing['health'].capitalize()}{score}", f"bold {colour}"), profile)
    inside = ", ".join(map(_membership, standing["segments"])) or "none"
    lines = [head, *map(plain, in_words(document["explanation"])), plain(f"segments: {inside}")]
    lines += map(plain, _reasons(standing["segments"]))
    if document["tags"]:
        lines.append(plain(f"tags: {', '.join(document['tags'])}"))
    lines += [plain(f"task: {title}") for title in document["tasks"]]
    lines += map(plain, _troubles(document))
    lines += map(plain, _ran(document["plays"]))
    computed = ("", _named("computed", document["computed"])) if document["computed"] else ()
    tables = (dimension_table(document["dimensions"]), "", metric_table(document["metrics"]), "", facts)
    return Group(*lines, "", *tables, *computed, *_relations(document), *_passages(document["history"]))


def _named(what: str, values: dict[str, str]) -> Table:
    table = Table(what, "value", box=None, padding=(0, 2, 0, 0))
    for name, value in values.items():
        table.add_row(plain(name), plain(value))
    return table


def _membership(segment: dict[str, Any]) -> str:
    quiet = ", quiet: in its cool-down" if segment["quiet"] else ""
    return f"{segment['segment']} (since {segment['since']}{quiet})"


def _reasons(segments: list[dict[str, Any]]) -> Iterable[str]:
    for segment in segments:
        for reason in segment["reasons"]:
            yield f"  {segment['segment']}: {reason['condition']} (it was {was(reason)})"


def _troubles(document: dict[str, Any]) -> Iterable[str]:
    """What could not be carried out, and the deliveries that have not arrived."""
    for transition in document["standing"]["pending"]:
        _, segment, _, passage = transition.rsplit("/", 3)
        yield f"pending: {passage} {segment}; its plays are being launched, or are held (`keepwell held`)"
    for run in document["plays"]:
        if not run["fired"]:
            yield f"not fired on {run['at'][:10]}, the play {run['play']}: {', '.join(run['outcomes'])}"
        if run["waits_until"]:
            yield f"the play {run['play']} waits until {run['waits_until'][:16].replace('T', ' ')} (UTC)"
        for problem in run["problems"]:
            yield f"not done by the play {run['play']} on {run['at'][:10]}: {problem}"
    for delivery in document["deliveries"]:
        if delivery["state"] == DeliveryState.CANCELLED.value:
            yield f"{delivery['channel']} to {delivery['to']} was {delivery['last']}"
        elif delivery["state"] != DeliveryState.SENT.value:
            tried = f" after {delivery['attempts']} attempts: {delivery['last']}" if delivery["last"] else ""
            yield f"{delivery['channel']} to {delivery['to']} is {delivery['state']}{tried}"


_OVER = {RunState.DONE.value: "did", RunState.ENDED.value: "was called off, and did"}


def _ran(runs: list[dict[str, Any]]) -> Iterator[str]:
    """The latest runs that are over, the newest first, and what they did."""
    over = [run for run in runs if run["fired"] and run["state"] in _OVER]
    for run in over[:LATEST_PASSAGES]:
        how = "would have done" if run["shadow"] else _OVER[run["state"]]
        did = ", ".join(run["outcomes"]) or "nothing"
        yield f"the play {run['play']} of {run['at'][:10]} {how}: {did}"
    if len(over) > LATEST_PASSAGES:
        yield f"and {len(over) - LATEST_PASSAGES} older runs of plays: --json has them"


def _relations(document: dict[str, Any]) -> Iterator[RenderableType]:
    """Who has which role, the key contacts, how many people there are, the latest contacts, the records."""
    for each in document["assignments"]:
        if each["member"] is None:  # no team was told of: the fact says it all
            continue
        who = f"{each['name']} <{each['email']}>" if each["name"] else each["email"]
        yield plain(f"{each['role']}: {who}{', not of the team' if each['member'] is False else ''}")
    people = document["people"]
    if people:
        yield ""
        contacts = [person["name"] or person["user_id"] for person in people if person["key_contact"]]
        yield plain(f"people: {len(people)}, key contacts: {', '.join(contacts) or 'none'}")
    if document["touchpoints"]:
        yield ""
        yield "touchpoints"
    for touchpoint in document["touchpoints"]:
        told = [touchpoint["date"], touchpoint["type"], touchpoint["subject"]]
        yield plain("  ".join(part for part in told if part))
    yield from _collections(document["collections"])


def _collections(records: list[dict[str, Any]]) -> Iterator[RenderableType]:
    """Each list, with what is in it."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        lists.setdefault(record["collection"] or "collection", []).append(record)
    for name, of_list in lists.items():
        yield ""
        yield plain(name)
        for record in of_list:
            facts = [f"{attribute}: {value}" for attribute, value in record["facts"].items()]
            yield plain("  ".join((record["collection_id"], ", ".join(facts))).rstrip())


def _passages(history: list[dict[str, Any]]) -> Iterator[RenderableType]:
    """The latest entries, exits and changes of stage, the newest first."""
    told = [row for row in history if "in_words" in row]
    if told:
        yield ""
        yield "history"
        yield from (plain(f"{row['at']}  {row['in_words']}") for row in told[:LATEST_PASSAGES])
    if len(told) > LATEST_PASSAGES:
        yield f"and {len(told) - LATEST_PASSAGES} older ones: --json has them"
