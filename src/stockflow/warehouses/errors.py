"""What can be refused about warehouses."""

from stockflow.foundation.errors import Conflict, NotFound


class WarehouseNotFound(NotFound):
    """There is no such warehouse in this company."""

    code = "warehouse-not-found"
    title = "Warehouse not found"


class WarehouseCodeTaken(Conflict):
    """Another warehouse of the company has this code."""

    code = "warehouse-code-taken"
    title = "Warehouse code taken"
    constraint = "warehouses_company_id_code_key_key"


class WarehouseInactive(Conflict):
    """The warehouse is inactive and takes no new stock."""

    code = "warehouse-inactive"
    title = "Warehouse inactive"
