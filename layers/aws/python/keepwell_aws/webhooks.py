"""Webhooks: a delivery posted to its endpoint, and what the endpoint's answer means."""

from collections.abc import Collection
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

from keepwell.deliveries import Delivery
from keepwell.deliveries.endpoints import EndpointGone
from keepwell.deliveries.gates import Throttled
from keepwell.errors import ConfigurationError, RejectedInput, TransientFailure
from keepwell.playbook import Endpoint, EndpointKind, Playbook
from keepwell_aws.posting import Answer, post
from keepwell_aws.public_address import Target, checked_target
from keepwell_aws.secrets import EndpointSecret
from keepwell_aws.signing import signed_headers

# Of the 4xx, these say "not now" (Standard Webhooks); all others say "never".
_THROTTLED = 429
_NOT_NOW = {408, 425, _THROTTLED}
# So it answers, too, where the address or the secret was replaced and the old one is still known here.
_UNKNOWN_TO_IT = {401, 403, 404, 410}
# These say that the endpoint is no more; Slack has two besides, for a webhook that was taken away.
_GONE = {410}
_SLACK_GONE = {403, 404, 410}
_SLACK_HOSTS = {"hooks.slack.com", "hooks.slack-gov.com"}
_LONGEST_WAIT = timedelta(days=1)
_EXCERPT = 200


class Playbooks(Protocol):
    def get(self) -> Playbook: ...


class Secrets(Protocol):
    def get(self, endpoint: Endpoint, *, anew: bool = False) -> EndpointSecret: ...


class HttpWebhooks:
    """Posts a Slack message as it stands, and anything else signed after Standard Webhooks.

    With `practice` an endpoint may also be on the machine itself, over http.
    """

    def __init__(self, *, playbooks: Playbooks, secrets: Secrets, practice: bool):
        self._playbooks = playbooks
        self._secrets = secrets
        self._practice = practice

    def send(self, delivery: Delivery, now: datetime) -> None:
        endpoint = self._playbooks.get().endpoints.get(delivery.to)
        if endpoint is None:
            raise ConfigurationError(
                f"the playbook has no endpoint {delivery.to!r}; "
                f"add endpoints/{delivery.to}.yaml and run `keepwell apply`"
            )
        known = self._secrets.get(endpoint)
        answer, host = self._post(delivery, endpoint, known, now)
        if answer.status in _UNKNOWN_TO_IT and (anew := self._secrets.get(endpoint, anew=True)) != known:
            answer, host = self._post(delivery, endpoint, anew, now)
        judge(answer, host, now, _SLACK_GONE if endpoint.kind is EndpointKind.SLACK else _GONE)

    def _post(
        self, delivery: Delivery, endpoint: Endpoint, secret: EndpointSecret, now: datetime
    ) -> tuple[Answer, str]:
        """What it answers, and which host does."""
        target = checked_target(secret.url, practice=self._practice)
        body = delivery.body.encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Keepwell"}
        if endpoint.kind is EndpointKind.SLACK:
            _require_slack(target)
        else:
            headers |= signed_headers(delivery.delivery_id, now, body, secret.secrets)
        return post(target, body, headers, endpoint.timeout_seconds), target.host


def judge(answer: Answer, host: str, now: datetime, gone: Collection[int] = _GONE) -> None:
    """Nothing for a 2xx; else the error that says whether trying again may help."""
    if 200 <= answer.status < 300:
        return
    said = f"{host} answered {answer.status}"
    excerpt = " ".join(answer.text[:_EXCERPT].split())
    if excerpt:
        said += f": {excerpt}"
    if 300 <= answer.status < 400:
        raise ConfigurationError(
            f"{said} (a redirect is not followed; set the endpoint's address to its final place)"
        )
    if answer.status in gone:
        raise EndpointGone(f"{said} (the endpoint is gone for good; give it a new address or remove it)")
    if 400 <= answer.status < 500 and answer.status not in _NOT_NOW:
        raise RejectedInput(
            f"{said} (it will not be sent again; mend the endpoint's address, secret or message)"
        )
    kind = Throttled if answer.status == _THROTTLED else TransientFailure
    raise kind(said, retry_after=_retry_after(answer, now))


def _retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """The wait an answer asks for, in seconds or until a date; none longer than a day."""
    asked = answer.headers.get("retry-after", "").strip()
    try:
        wait = timedelta(seconds=int(asked)) if asked.isdecimal() else parsedate_to_datetime(asked) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _require_slack(target: Target) -> None:
    if target.secure and target.host not in _SLACK_HOSTS:
        raise ConfigurationError(
            f"a slack endpoint must be at https://hooks.slack.com/services/…, not at {target.host}"
        )
