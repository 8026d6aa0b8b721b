"""The figures StockFlow promises, measured; `make bench` prints them."""
