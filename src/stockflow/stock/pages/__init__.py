"""The pages of stock levels and movements, and the stream that tells them of changes."""

from stockflow.stock.pages import levels, live, movements

routes = [*levels.pages.routes, *movements.pages.routes, *live.pages.routes]
