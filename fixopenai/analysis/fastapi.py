"""What FastAPI does with a function, read off its decorators."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.values import External

if TYPE_CHECKING:
    from fixopenai.analysis.values import Values

_ROUTES = ("get", "post", "put", "delete", "patch", "head", "options", "trace", "api_route", "route")
_ROLES = {
    **dict.fromkeys(_ROUTES, "route"),
    "websocket": "websocket",
    "websocket_route": "websocket",
    "middleware": "middleware",
    "exception_handler": "handler",
    "on_event": "event",
}
# What FastAPI runs in a thread where it is plain, and awaits where it is async.
ASYNC_ROLES = frozenset({"route", "dependency", "event", "handler", "background"})
_ROUTERS = ("fastapi.", "starlette.")


def decorator_role(decorator: ast.expr, callees: Values) -> str | None:
    """The role that `@app.get("/")` and its like give: route, websocket, middleware, handler or event.

    A router that the analysis cannot follow is known by the method's name and a path as its first argument.
    """
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
        return None
    role = _ROLES.get(decorator.func.attr)
    if role is None:
        return None
    known = [value.dotted for value in callees if isinstance(value, External)]
    if known:
        return role if any(dotted.startswith(_ROUTERS) for dotted in known) else None
    if role != "route":
        return role
    path = (
        decorator.args[0]
        if decorator.args
        else next((keyword.value for keyword in decorator.keywords if keyword.arg == "path"), None)
    )
    literal = isinstance(path, ast.Constant) and isinstance(path.value, str)
    return role if literal or isinstance(path, (ast.JoinedStr, ast.Name, ast.Attribute)) else None


def call_roles(dotted: str, node: ast.Call) -> list[tuple[ast.expr, str]]:
    """The functions that a call of FastAPI's own takes, each with the role it gets.

    `dotted` is the callee's name: `fastapi.APIRouter.add_api_route`, `fastapi.FastAPI`.
    """
    if not dotted.startswith(_ROUTERS):
        return []
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    found: list[tuple[ast.expr, str]] = []
    method = dotted.rsplit(".", 1)[-1]
    if method in {"add_api_route", "add_route"}:
        found += [(value, "route") for value in [*node.args[1:2], *_present(named, "endpoint", "route")]]
    elif method in {"add_api_websocket_route", "add_websocket_route"}:
        found += [(value, "websocket") for value in [*node.args[1:2], *_present(named, "endpoint", "route")]]
    elif method == "add_event_handler":
        found += [(value, "event") for value in [*node.args[1:2], *_present(named, "func")]]
    elif method == "add_exception_handler":
        found += [(value, "handler") for value in [*node.args[1:2], *_present(named, "handler")]]
    found += [(value, "lifespan") for value in _present(named, "lifespan")]
    return found


def _present(named: dict[str | None, ast.expr], *names: str) -> list[ast.expr]:
    return [named[name] for name in names if name in named]
