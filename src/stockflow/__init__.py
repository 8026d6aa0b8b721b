"""StockFlow: multi-tenant inventory management on PostgreSQL."""

__version__ = "0.1.0"
