"""Interactive API documentation at `/api/docs`, from files of this server alone."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from stockflow.foundation.problems import Problem, documented
from stockflow.foundation.routing import OperationRoute

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>StockFlow API</title>
<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api/docs/assets/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: false,
  docExpansion: "none", tryItOutEnabled: true, validatorUrl: null,
});
"""


_ANYWHERE = (400, 401, 403, 413, 503)


def install_api_docs(app: FastAPI) -> None:
    """Serve Swagger UI from the files of the `fastapi-offline` package."""

    @app.get("/api/docs", include_in_schema=False)
    async def page() -> Response:
        return HTMLResponse(_PAGE, headers={"content-security-policy": _CSP})

    @app.get("/api/docs/start.js", include_in_schema=False)
    async def start() -> Response:
        return Response(_START, media_type="text/javascript")

    assets = str(files("fastapi_offline") / "static")
    app.mount("/api/docs/assets", StaticFiles(directory=assets))
    _describe_problems(app)


def _also(method: str, operation: dict[str, Any]) -> Iterator[int]:
    """Statuses that follow from the shape of an operation, so that no route has to name them."""
    places = {(parameter["in"], parameter["name"]) for parameter in operation.get("parameters", [])}
    if method != "get":
        yield from (
            404,
            409,
        )  # what a body names may be missing; a key may belong to another request
    if any(place == "path" for place, _ in places):
        yield 404
    if ("header", "If-Match") in places:
        yield 412


def _forget_defaults(schemas: dict[str, Any]) -> None:
    """A field left out of a change keeps its value, so the default of the model is none to tell."""
    for name, schema in schemas.items():
        if name.startswith("Change"):
            for field in schema.get("properties", {}).values():
                field.pop("default", None)


def _describe_problems(app: FastAPI) -> None:
    """Name our problem document in the OpenAPI description, in place of FastAPI's 422."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            for route in app.routes:
                if isinstance(route, OperationRoute):
                    route.describe_answer()
            schema = describe()
            schemas = schema["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            _forget_defaults(schemas)
            schemas.update(problem.pop("$defs", {}))
            schemas["Problem"] = problem
            for path in schema["paths"].values():
                for method, operation in path.items():
                    operation["responses"].pop("422", None)
                    statuses = (*_ANYWHERE, *_also(method, operation))
                    for status, response in documented(*statuses).items():
                        operation["responses"].setdefault(str(status), response)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
