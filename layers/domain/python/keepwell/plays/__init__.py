"""Plays: the automated reply to an account's entering or leaving a segment."""

from keepwell.plays.play import EmailAction, Existing, Play, PlayState, TaskAction, WebhookAction

__all__ = ["EmailAction", "Existing", "Play", "PlayState", "TaskAction", "WebhookAction"]
