"""The contract of Suppressions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.deliveries.suppression import Cause, Suppressed
from keepwell.in_memory import InMemorySuppressions
from keepwell.ports import Suppressions
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.suppressions import DynamoSuppressions
from keepwell_aws.wakes import DynamoWakes
from tests.aws_tables import Names
from tests.story import NOON

LATER = NOON + timedelta(hours=2)
ANN = Suppressed("ann@example.com", Cause.BOUNCE, "smtp; 550 5.1.1 user unknown", NOON, "email_1")


@pytest.fixture
def suppressions(place: Names | None) -> Suppressions:
    return DynamoSuppressions(place.table("deliveries")) if place else InMemorySuppressions()


def test_an_address_is_suppressed_once_and_found_in_any_letters(suppressions: Suppressions) -> None:
    assert suppressions.get("ann@example.com") is None
    assert suppressions.add(ANN)
    assert not suppressions.add(replace(ANN, delivery_id="email_2"))
    assert suppressions.get("Ann@Example.com") == ANN


def test_a_complaint_counts_above_a_bounce_and_not_the_reverse(suppressions: Suppressions) -> None:
    """Whoever mended the address has not mended that they complained."""
    complaint = replace(ANN, cause=Cause.COMPLAINT)
    suppressions.add(ANN)
    assert suppressions.add(complaint)
    assert not suppressions.add(ANN)
    assert suppressions.get("ann@example.com") == complaint


def test_it_is_taken_away_once(suppressions: Suppressions) -> None:
    suppressions.add(ANN)
    assert suppressions.remove("ANN@example.com", "bo", LATER)
    assert not suppressions.remove("ann@example.com", "bo", LATER)
    assert suppressions.get("ann@example.com") is None
    assert not list(suppressions.all())


def test_what_is_told_again_after_it_was_taken_away_does_not_bring_it_back(
    suppressions: Suppressions,
) -> None:
    """R1: but what came after that does."""
    suppressions.add(ANN)
    suppressions.remove("ann@example.com", "bo", LATER)
    assert not suppressions.add(ANN)
    again = replace(ANN, at=LATER + timedelta(seconds=1))
    assert suppressions.add(again)
    assert list(suppressions.all()) == [again]


def test_all_are_listed_latest_first(suppressions: Suppressions) -> None:
    bo = replace(ANN, address="bo@example.com", at=NOON + timedelta(hours=1))
    cy = replace(ANN, address="cy@example.com", at=NOON - timedelta(hours=1))
    for each in (ANN, bo, cy):
        suppressions.add(each)
    assert list(suppressions.all()) == [bo, ANN, cy]


def test_they_are_neither_deliveries_nor_wakes(stack: Names) -> None:
    """All three share a table and its index."""
    table = stack.table("deliveries")
    DynamoSuppressions(table).add(ANN)
    later = NOON + timedelta(days=1)
    assert list(DynamoDeliveries(table).due(later)) == []
    assert list(DynamoDeliveries(table).all_failed()) == []
    assert list(DynamoWakes(table).due(later)) == []
