"""Telling the operator of what failed, once: a mail to the playbook's owner on the way of all deliveries."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keepwell.deliveries import Channel, Delivery
from keepwell.ports import Deliveries, Queue

MOST_REASONS = 5


@dataclass(frozen=True)
class Notice:
    """What the operator is told. `about` names what failed: notices about the same are one mail."""

    about: str
    subject: str
    body: str

    @property
    def delivery_id(self) -> str:
        return f"email_{hashlib.sha256(self.about.encode()).hexdigest()[:20]}"


@dataclass(frozen=True)
class Operator:
    """Where mail to the operator goes."""

    deliveries: Deliveries
    mails: Queue

    def tell(self, notice: Notice, owner: str, now: datetime) -> bool:
        """Send a notice to an address, unless it was sent before or there is none; whether it is new.

        The row comes before the message: interrupted in between, the minute tick queues it.
        """
        if not owner:  # of a playbook that was applied before playbooks told theirs
            return False
        mail = Delivery(
            delivery_id=notice.delivery_id,
            account_id="",
            channel=Channel.EMAIL,
            to=owner,
            subject=notice.subject,
            body=notice.body,
            play="",
            transition_id="",
            created_at=now,
            due_at=now,
        )
        is_new = self.deliveries.add(mail)
        if is_new:
            self.mails.send([{"delivery_id": mail.delivery_id}])
        return is_new

    def tell_of_import(self, report: bytes, owner: str, now: datetime) -> None:
        """Tell of an import by its report, where there is anything to tell (`notice_of`)."""
        notice = notice_of(json.loads(report))
        if notice:
            self.tell(notice, owner, now)


def notice_of(report: Mapping[str, Any]) -> Notice | None:
    """What the operator is told of an import, by its report: None unless the file could not be read, every
    row of it was rejected, or more is missing in a complete one than may be."""
    failed = report["status"] == "failed"
    if not failed and not (report["rows"] and report["rejected"] == report["rows"]):
        return _of_missing(report)
    happened = "could not be read" if failed else f"was rejected, every row of it ({report['rows']:,})"
    body = [f"The file {report['file']} {happened}. Nothing of it was imported.", "", *_reasons(report), ""]
    body += [*_mend(report), "", *_where(report)]
    return Notice(
        about=f"import/{report['drop_id']}",
        subject=f"Import failed: {report['file']}",
        body="\n".join(body) + "\n",
    )


def left_alone(report: Mapping[str, Any]) -> str | None:
    """Why what is missing in a complete file was left alone; None where nothing is, or it was dealt with."""
    missing = report.get("missing") or {"count": 0}
    return missing["withheld"] if missing["count"] else None


def _of_missing(report: Mapping[str, Any]) -> Notice | None:
    missing = report["missing"]
    if not left_alone(report):
        return None
    counted = f"{missing['count']:,} of {missing['of']:,} are missing in {report['file']}"
    told = [f"{counted}: {missing['withheld']}.", "", f"The first: {', '.join(missing['ids'])}", ""]
    body = "\n".join([*told, *_where(report)])
    return Notice(about=f"import/{report['drop_id']}", subject=counted, body=body + "\n")


def _reasons(report: Mapping[str, Any]) -> Iterator[str]:
    errors = report["errors"]
    for error in errors[:MOST_REASONS]:
        column = f"{error['column']}: " if error["column"] else ""
        example = f", for example {error['example']}" if error["example"] else ""
        times = f"{error['count']:,} rows: " if error["row"] else ""
        yield f"{times}{column}{error['reason']}{example}"
    if len(errors) > MOST_REASONS:
        yield f"and {len(errors) - MOST_REASONS} more kinds of fault"


def _mend(report: Mapping[str, Any]) -> Iterator[str]:
    if report["status"] == "failed":
        yield "Mend the file, or the mapping, as the reason says, and drop the file again."
    else:
        yield (
            "Where the file is wrong, mend the rows in the rejects file and drop that; where all rows have "
            "the same fault, a mapping may mend it (docs/how-to/import-a-foreign-file.md)."
        )


def _where(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"Drop: {report['drop_id']}"
    mapping = f", mapping {report['mapping']}" if report["mapping"] else ""
    yield f"Object: {report['object']}{mapping}"
    yield f"Report: reports/{report['drop_id']}.json"
    if report["rejects_file"]:
        yield f"Rejects: {report['rejects_file']}"
