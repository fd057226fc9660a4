"""The clock of a stack: the real one, or on a practice stack the real one moved by an offset."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keepwell.ports import Control

# The control row of the offset; its field `seconds` is what the clock is ahead.
OFFSET = "clock#offset"


class StackClock:
    def __init__(self, control: "Control", *, practice: bool):
        self._control = control
        self._practice = practice

    def now(self) -> datetime:
        """On a practice stack the offset is read each time: `keepwell clock` takes effect at once."""
        row = self._control.get(OFFSET) if self._practice else None
        return datetime.now(UTC) + timedelta(seconds=row["seconds"] if row else 0)

    def of(self, real: datetime) -> datetime:
        """A moment of real time in the stack's time: as far ahead as the clock is, in whole seconds."""
        ahead = self.now() - datetime.now(UTC)
        return real + timedelta(seconds=round(ahead.total_seconds()))
