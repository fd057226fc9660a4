"""The mail that tells of what was over a daily cap, and the wake that gathers it (D6)."""

from datetime import timedelta

from keepwell.deliveries import Channel, Delivery, cancel, deliver
from keepwell.errors import TransientFailure
from keepwell.in_memory import InMemoryDeliveries, InMemoryWakes
from keepwell.noise.digests import LONGEST_SUBJECT, LONGEST_TEXT, MOST_TOLD, Digests, digest_id, digest_of
from keepwell.noise.gathering import Batch
from tests.story import NOON

MORNING = NOON + timedelta(days=2)


def mail(
    number: int, *, account: str = "A-1", to: str = "ann@example.com", body: str = "Text\n", later: int = 0
) -> Delivery:
    """One that is on the digest of MORNING, made so many minutes after noon."""
    at = NOON + timedelta(minutes=later)
    told = (f"email_{number}", account, Channel.EMAIL, to, f"Subject {number}", body, "play", "", at, at)
    return Delivery(*told, digest_at=MORNING)


def digest(*mails: Delivery) -> Delivery:
    return digest_of(mails, "email_0", "ann@example.com", MORNING)


def test_what_came_first_is_told_first() -> None:
    found = digest(mail(1, later=9), mail(2, later=3), mail(3, later=6))
    told = [line for line in found.body.splitlines() if line.startswith("- ")]
    assert told == ["- Subject 2", "- Subject 3", "- Subject 1"]
    assert found.body.endswith("All that you have to do: keepwell tasks --mine ann@example.com\n")


def test_it_is_of_an_account_where_all_are() -> None:
    assert digest(mail(1), mail(2)).account_id == "A-1"
    assert digest(mail(1), mail(2, account="A-2")).account_id == ""


def test_the_same_entries_of_the_same_wake_are_the_same_digest() -> None:
    """T2."""
    first, again, other, more = (
        digest_id(Batch(*told))
        for told in (("a", ["1"], 1), ("a", ["1"], 2), ("b", ["1"], 1), ("a", ["1", "2"], 2))
    )
    assert first == again
    assert len({first, other, more}) == 3


def test_long_texts_are_shortened_to_what_a_digest_has_room_for() -> None:
    fits, long = mail(1, body="x" * LONGEST_TEXT), mail(2, body="y" * (LONGEST_TEXT + 1))
    lines = digest(fits, long).body.splitlines()
    assert f"  {'x' * LONGEST_TEXT}" in lines
    assert f"  {'y' * (LONGEST_TEXT - 1)}…" in lines
    assert LONGEST_SUBJECT < LONGEST_TEXT


def test_an_address_is_the_same_in_any_case() -> None:
    digests = Digests(InMemoryDeliveries(), InMemoryWakes())
    for number, to in enumerate(("ann@example.com", "Ann@Example.com")):
        digests.add(mail(number, to=to))
    [found] = digests.wakes.due(MORNING)
    assert found.content == {"email": "ann@example.com", "mails": ["email_0", "email_1"]}


def test_what_is_on_a_full_digest_is_not_put_on_another() -> None:
    digests = Digests(InMemoryDeliveries(), InMemoryWakes())
    for number in (*range(MOST_TOLD), 0, MOST_TOLD - 1):
        digests.add(mail(number))
    [found] = digests.wakes.due(MORNING)
    assert len(found.content["mails"]) == MOST_TOLD


def test_somebody_who_is_faster_keeps_a_mail_out_of_the_digest() -> None:
    """Called off by an exit, or sent by itself: what a digest has not taken it does not tell of."""
    deliveries = InMemoryDeliveries()
    digests = Digests(deliveries, InMemoryWakes())
    for number in range(3):
        deliveries.add(mail(number))
    mails = digests.mails(Batch("digest", ["email_0", "email_1", "email_2", "email_gone"], 4))
    cancel("email_0", deliveries, MORNING, "cancelled: the account left")
    deliver("email_1", deliveries, lambda _: None, MORNING)
    taken = [digests.take_out(each, "told", MORNING) for each in mails]
    assert [each.attempts[-1].outcome for each in taken] == ["cancelled: the account left", "sent", "told"]
    assert [digests.take_out(each, "told again", MORNING) for each in taken] == taken


def test_a_mail_that_was_tried_by_itself_goes_on_by_itself() -> None:
    """Whoever took it may not have told what came of it: in the digest it might come twice."""
    deliveries = InMemoryDeliveries()

    def fails(_: Delivery) -> None:
        raise TransientFailure("the mail server is down")

    deliveries.add(mail(1))
    tried = deliver("email_1", deliveries, fails, MORNING)
    assert tried.open
    assert Digests(deliveries, InMemoryWakes()).take_out(tried, "told", MORNING) == tried
