"""Who may do what: five roles, each a set of permissions."""

from enum import StrEnum


class Permission(StrEnum):
    """Something an operation may require; the value reads after "may"."""

    READ = "read"
    MOVE_STOCK = "move stock"
    SELL = "sell"
    BUY = "buy"
    APPROVE_PURCHASES = "approve purchases above the company's limit"
    APPROVE_STOCK = "approve counts and adjustments"
    EDIT_CATALOG = "edit products and categories"
    EDIT_PARTNERS = "edit suppliers and their terms"
    EDIT_WAREHOUSES = "edit warehouses"
    EDIT_THRESHOLDS = "edit thresholds"
    IMPORT = "import files"
    READ_AUDIT = "read the audit log"
    MANAGE_MEMBERS = "manage members"
    MANAGE_KEYS = "manage API keys"
    EDIT_COMPANY = "edit the company's settings"


class Role(StrEnum):
    """What a member or an API key is in a company."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    STAFF = "staff"
    VIEWER = "viewer"


_VIEWER = frozenset({Permission.READ})
_STAFF = _VIEWER | {Permission.MOVE_STOCK, Permission.SELL, Permission.BUY}
_MANAGER = _STAFF | {
    Permission.APPROVE_PURCHASES,
    Permission.APPROVE_STOCK,
    Permission.EDIT_CATALOG,
    Permission.EDIT_PARTNERS,
    Permission.EDIT_WAREHOUSES,
    Permission.EDIT_THRESHOLDS,
    Permission.IMPORT,
    Permission.READ_AUDIT,
}
_ADMIN = _MANAGER | {Permission.MANAGE_MEMBERS, Permission.MANAGE_KEYS, Permission.EDIT_COMPANY}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _ADMIN,
    Role.ADMIN: _ADMIN,
    Role.MANAGER: _MANAGER,
    Role.STAFF: _STAFF,
    Role.VIEWER: _VIEWER,
}
"""An owner may do what an admin may; only an owner may make or unmake owners."""
