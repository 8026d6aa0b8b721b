"""What is served to browsers and belongs to no company: style, script, pictures."""

from stockflow.web.assets import static_routes

routes = list(static_routes)
