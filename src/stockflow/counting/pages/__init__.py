"""The pages of stock counts, and the screen to count with."""

from stockflow.counting.pages import acting, counts, opening, screen

routes = [
    *opening.pages.routes,
    *counts.pages.routes,
    *screen.pages.routes,
    *acting.pages.routes,
]
