"""The states of a document, and which actions each allows."""

from collections.abc import Mapping
from dataclasses import dataclass

from stockflow.foundation.errors import Conflict


class WrongStatus(Conflict):
    """The document is not in a status that allows this; `allowed_in` names those that do."""

    code = "wrong-status"
    title = "Not in this status"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """For each action, the statuses in which it may be taken."""

    document: str
    allowed_in: Mapping[str, frozenset[str]]

    def require(self, action: str, status: str) -> None:
        """Refuse an action the status does not allow.

        Raises:
            WrongStatus: naming the document's status and those the action needs.
        """
        allowed = self.allowed_in[action]
        if status not in allowed:
            raise WrongStatus(
                f"The {self.document} is {status.replace('_', ' ')}.",
                facts={"current_status": status, "action": action, "allowed_in": sorted(allowed)},
            )
