"""The states of a document, and which actions each allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from stockflow.foundation.errors import Conflict
from stockflow.foundation.routing import require_version


class WrongStatus(Conflict):
    """The document is not in a status that allows this; `allowed_in` names those that do."""

    code = "wrong-status"
    title = "Not in this status"


class Document(Protocol):
    """A document that is locked, so that its status and version stay."""

    @property
    def status(self) -> str: ...
    @property
    def version(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """For each action, the statuses in which it may be taken."""

    document: str
    allowed_in: Mapping[str, frozenset[str]]

    def require(self, action: str, document: Document, expected_version: int | None) -> None:
        """Refuse an action on a document the caller has not seen as it is, or whose status forbids it.

        Raises:
            StaleVersion: it is not at `expected_version` any more.
            WrongStatus: naming the document's status and those the action needs.
        """
        require_version(document.version, expected_version)
        status = document.status
        allowed = self.allowed_in[action]
        if status not in allowed:
            raise WrongStatus(
                f"The {self.document} is {status.replace('_', ' ')}.",
                facts={"current_status": status, "action": action, "allowed_in": sorted(allowed)},
            )
