"""The mail that tells of what was over a daily cap, and the wake that gathers it (D6)."""

from datetime import timedelta

from keepwell.deliveries import Channel, Delivery
from keepwell.in_memory import InMemoryDeliveries, InMemoryWakes
from keepwell.noise.digests import LONGEST_SUBJECT, LONGEST_TEXT, MOST_TOLD, Digests, digest_of
from keepwell.noise.gathering import gather
from keepwell.wakes import Purpose, Wake
from tests.story import NOON

MORNING = NOON + timedelta(days=2)


def wake(wake_id: str = "digest/1") -> Wake:
    return Wake(wake_id, Purpose.SUMMARY, MORNING, content={"email": "ann@example.com", "mails": ["email_1"]})


def mail(
    number: int, *, account: str = "A-1", to: str = "ann@example.com", body: str = "Text\n", later: int = 0
) -> Delivery:
    """One that is on the digest of MORNING, made so many minutes after noon."""
    at = NOON + timedelta(minutes=later)
    told = (f"email_{number}", account, Channel.EMAIL, to, f"Subject {number}", body, "play", "", at, at)
    return Delivery(*told, digest_at=MORNING)


def test_what_came_first_is_told_first() -> None:
    digest = digest_of([mail(1, later=9), mail(2, later=3), mail(3, later=6)], wake(), MORNING)
    told = [line for line in digest.body.splitlines() if line.startswith("- ")]
    assert told == ["- Subject 2", "- Subject 3", "- Subject 1"]
    assert digest.body.endswith("All that you have to do: keepwell tasks --mine ann@example.com\n")


def test_it_is_of_an_account_where_all_are() -> None:
    assert digest_of([mail(1), mail(2)], wake(), MORNING).account_id == "A-1"
    assert digest_of([mail(1), mail(2, account="A-2")], wake(), MORNING).account_id == ""


def test_a_mail_in_two_digests_is_told_by_the_other_where_one_could_not() -> None:
    """T2: the same digest is the same mail, another one is another mail."""
    first, again, other = (digest_of([mail(1)], wake(name), MORNING).delivery_id for name in ("a", "a", "b"))
    assert first == again
    assert first != other


def test_long_texts_are_shortened_to_what_a_digest_has_room_for() -> None:
    fits, long = mail(1, body="x" * LONGEST_TEXT), mail(2, body="y" * (LONGEST_TEXT + 1))
    lines = digest_of([fits, long], wake(), MORNING).body.splitlines()
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


def test_gathering_says_whether_there_is_room() -> None:
    wakes = InMemoryWakes()
    empty = Wake("digest/1", Purpose.SUMMARY, MORNING, content={"email": "ann@example.com"})
    assert [gather(wakes, empty, "mails", entry, 2) for entry in ("a", "b", "c", "b")] == [
        True,
        True,
        False,
        True,
    ]
