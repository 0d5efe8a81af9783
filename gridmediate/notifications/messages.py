"""A message as every sender takes it, and the one way in which sending fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from gridmediate.domain.notices import Failure, NoticeItem, body_words, subject_words
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label, label


@dataclass(frozen=True, slots=True)
class Message:
    """Numbers, acts in words and links.

    Parameters
    ----------
    key : UUID
        The same at every try, so that the other side can tell a repeat.
    items : tuple of NoticeItem
        One, or those of a morning.
    language : str
    """

    key: UUID
    items: tuple[NoticeItem, ...]
    language: str

    @property
    def subject(self) -> str:
        """One line for all of it."""
        return subject_words(self.items, self.language)

    @property
    def body(self) -> str:
        """Every item with its link."""
        return body_words(self.items, self.language)


class NotSent(Problem):
    """A message did not go out."""

    code = "notice.not-sent"
    kind = Kind.UNAVAILABLE
    sentence = Label("没有发出：{why}。", "Not sent: {why}.")

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(why=label(failure))


class Sender(Protocol):
    """What sends to one address. A short-message gateway of an office is one more class with this method."""

    def send(self, address: str, message: Message) -> None:
        """Send once.

        Raises
        ------
        NotSent
        """
