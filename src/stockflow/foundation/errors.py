"""What can be refused, as five kinds. Each door answers by kind; a feature names the fact.

    StockFlowError
    ├── Invalid       the input itself is wrong               400   exit 1
    ├── Unauthenticated  nobody is speaking                   401   exit 1
    ├── Forbidden     this actor may not                      403   exit 1
    ├── NotFound      no such thing in this company           404   exit 1
    ├── Conflict      the state of things forbids it          409   exit 1
    │   └── StaleVersion  somebody changed it meanwhile       412   exit 1
    ├── Busy          try again shortly                       503   exit 1
    │   └── TooManyAttempts  try again later, not at once     429   exit 1
    └── Unexpected    nobody foresaw it                       500

A feature error is a noun with a `code` (part of the API), a `title` that never changes, a detail
for this occurrence, and the facts of the case. Where a database constraint is the rule, `constraint`
names it, and the scope raises the error in place of the driver's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place in the input: `pointer` is a JSON pointer into the request."""

    pointer: str
    detail: str


class StockFlowError(Exception):
    """A refusal that was foreseen."""

    code: ClassVar[str]
    title: ClassVar[str]
    constraint: ClassVar[str | None] = None
    registry: ClassVar[dict[str, type["StockFlowError"]]] = {}
    by_constraint: ClassVar[dict[str, type["StockFlowError"]]] = {}

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self.detail = detail or (self.__doc__ or self.title).strip()
        self.errors = tuple(errors)
        self.facts = dict(facts or {})
        super().__init__(self.detail)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in cls.__dict__:
            StockFlowError.registry[cls.code] = cls
        if cls.__dict__.get("constraint"):
            StockFlowError.by_constraint[str(cls.constraint)] = cls


class Invalid(StockFlowError):
    """The request is not valid."""

    code = "invalid-request"
    title = "The request is not valid"


class Unauthenticated(StockFlowError):
    """A valid API key is needed: send it as `Authorization: Bearer sf_…`."""

    code = "unauthenticated"
    title = "A valid API key is needed"


class Forbidden(StockFlowError):
    """This may not be done with these credentials."""

    code = "forbidden"
    title = "Not allowed"


class NotFound(StockFlowError):
    """There is no such thing in this company."""

    code = "not-found"
    title = "Not found"


class Conflict(StockFlowError):
    """The present state does not allow this."""

    code = "conflict"
    title = "The present state does not allow this"


class StaleVersion(Conflict):
    """It was changed after you read it; read it again and repeat the change."""

    code = "stale-version"
    title = "Changed meanwhile"


class Busy(StockFlowError):
    """The system is busy; the same request may be sent again shortly."""

    code = "busy"
    title = "Busy, try again"


class TooManyAttempts(Busy):
    """This was tried too often lately; the fact `retry_after` says in how many seconds to try again."""

    code = "too-many-attempts"
    title = "Too many attempts"


class Unexpected(StockFlowError):
    """Something went wrong on our side; it has been logged under the request id."""

    code = "unexpected"
    title = "Unexpected error"


class TooLarge(Invalid):
    """The request body is larger than this server takes."""

    code = "body-too-large"
    title = "The request body is too large"


class MethodNotAllowed(Invalid):
    """This address does not take that method."""

    code = "method-not-allowed"
    title = "Method not allowed"
