"""Sales: customers, their orders, shipments and returns."""
