"""What was prepared on moto, kept to begin from again: a story that is told for each of a hundred faults is
prepared once."""

from copy import deepcopy
from copyreg import dispatch_table
from threading import Condition
from typing import Any, Literal
from unittest.mock import patch

from moto.backends import get_backend
from moto.core.base_backend import BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID

SERVICES: tuple[Literal["dynamodb"], Literal["s3"], Literal["sqs"]] = ("dynamodb", "s3", "sqs")

States = list[tuple[BaseBackend, dict[str, Any]]]


class Kept:
    """The tables, objects and queues of moto as they are now."""

    def __init__(self) -> None:
        places = [get_backend(service)[DEFAULT_ACCOUNT_ID] for service in SERVICES]
        backends = [place[region] for place in places for region in place]
        self._states = _copied([(backend, vars(backend)) for backend in backends])

    def again(self) -> None:
        """Put all of them back."""
        for backend, state in _copied(self._states):
            vars(backend).clear()
            vars(backend).update(state)


def _copied(states: States) -> States:
    """Copies of the states, which still refer to the backends themselves."""
    themselves = {id(backend): backend for backend, _ in states}
    # What waits for a queue's messages has a lock, which nobody holds between two calls.
    with patch.dict(dispatch_table, {Condition: lambda _: (Condition, ())}):
        return [(backend, deepcopy(state, dict(themselves))) for backend, state in states]
