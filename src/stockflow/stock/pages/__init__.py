"""The pages of stock levels and movements."""

from stockflow.stock.pages import levels, movements

routes = [*levels.pages.routes, *movements.pages.routes]
