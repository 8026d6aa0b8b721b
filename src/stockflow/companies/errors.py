"""What can be refused about companies, members and keys."""

from stockflow.foundation.errors import Conflict, Forbidden, NotFound


class CompanyNotFound(NotFound):
    """There is no company with this id."""

    code = "company-not-found"
    title = "Company not found"


class CompanyHasProducts(Conflict):
    """Whether case matters in SKUs can only be changed while the company has no product."""

    code = "company-has-products"
    title = "The company already has products"


class MemberNotFound(NotFound):
    """This user is not a member of the company."""

    code = "member-not-found"
    title = "Member not found"


class AlreadyMember(Conflict):
    """The user is a member of the company already; change the membership instead."""

    code = "already-member"
    title = "Already a member"
    constraint = "memberships_pkey"


class LastOwner(Conflict):
    """A company keeps at least one owner; make another member an owner first."""

    code = "last-owner"
    title = "The last owner stays"


class ApiKeyNotFound(NotFound):
    """There is no such API key in this company."""

    code = "api-key-not-found"
    title = "API key not found"


class MorePowerThanOwn(Forbidden):
    """Nobody may give, change or take away more power than they have: role and warehouses."""

    code = "more-power-than-own"
    title = "More power than your own"


class UnknownWarehouses(NotFound):
    """Some of the warehouses do not exist in this company."""

    code = "warehouses-not-found"
    title = "Warehouses not found"
