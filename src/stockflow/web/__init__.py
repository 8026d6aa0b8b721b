"""The pages of StockFlow and what they share."""
