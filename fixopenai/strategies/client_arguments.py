"""Arguments of a client that have a colour themselves: HTTP clients, keys that are called for, token providers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.literals import dict_keys
from fixopenai.analysis.values import BoundMethod, ExternalInstance, FunctionRef, Instance, Partial, Symbol, Value
from fixopenai.strategies.plans import ClassReference, Refusal

if TYPE_CHECKING:
    from fixopenai.analysis.program import Program
    from fixopenai.analysis.scopes import Scope

_HTTP_TWINS = {
    "httpx.Client": "AsyncClient",
    "openai.DefaultHttpxClient": "DefaultAsyncHttpxClient",
    "openai.DefaultHttpx2Client": "DefaultAsyncHttpx2Client",
}
_ASYNC_HTTP = frozenset({"AsyncClient", "DefaultAsyncHttpxClient", "DefaultAsyncHttpx2Client", "DefaultAioHttpClient"})
# Arguments of an HTTP client that are the same for both colours.
_COLOURLESS = frozenset(
    {"timeout", "verify", "cert", "headers", "params", "cookies", "limits", "proxy", "proxies", "trust_env", "http1",
     "http2", "follow_redirects", "max_redirects", "base_url", "default_encoding"}
)  # fmt: skip
_COLOURED = frozenset({"http_client", "api_key", "azure_ad_token_provider"})


def switch_arguments(
    program: Program, call: ast.Call, scope: Scope, *, all_awaited: bool
) -> list[ClassReference] | Refusal:
    """The classes in a client's arguments that change with it, or the argument that cannot.

    `all_awaited` says that an async client was meant all along, so that `**options` were written for one.
    """
    references: list[ClassReference] = []
    for keyword in call.keywords:
        node = keyword.value
        values = program.evaluator.values(node, scope)
        why: str | None = None
        if keyword.arg == "http_client" and not is_none(node) and not _is_async_http(program, node, scope):
            twin = _http_twin(program, node, scope)
            if twin is not None:
                references.append(twin)
            else:
                why = "`http_client=` would have to become async as well"
        elif keyword.arg == "api_key" and not _is_async_provider(node, values):
            if any(_is_callable(program, value) for value in values):
                why = "`api_key=` is a function, which would have to become async"
        elif keyword.arg == "azure_ad_token_provider" and not _is_async_provider(node, values):
            why = "`azure_ad_token_provider=` would fetch tokens on the event loop"
        elif keyword.arg is None and _may_hold_colour(node, scope) and not all_awaited:
            return _refusal("the arguments may hold an `http_client`, which would have to become async", call, scope)
        if why is not None:
            return _refusal(why, node, scope)
    return references


def _refusal(why: str, node: ast.expr, scope: Scope) -> Refusal:
    return Refusal(why, scope.module.place(node))


def is_none(node: ast.expr) -> bool:
    """Whether `None` is written."""
    return isinstance(node, ast.Constant) and node.value is None


def _is_async_http(program: Program, node: ast.expr, scope: Scope) -> bool:
    """Whether an HTTP client is async already: made as such, or promised by the function that gives it."""
    values = program.evaluator.values(node, scope)
    if values and all(isinstance(v, ExternalInstance) and v.dotted.rsplit(".", 1)[-1] in _ASYNC_HTTP for v in values):
        return True
    if isinstance(node, ast.Name):
        owner = scope.owner(node.id)
        bindings = owner.bindings.get(node.id, []) if owner is not None else []
        made = [binding.value for binding in bindings if isinstance(binding, ast.Assign)]
        return owner is not None and len(made) == len(bindings) == 1 and _is_async_http(program, made[0], owner)
    if not isinstance(node, ast.Call):
        return False
    promised = [_promise(program, callee) for callee in program.evaluator.values(node.func, scope)]
    return bool(promised) and all(promise.rsplit(".", 1)[-1] in _ASYNC_HTTP for promise in promised)


def _promise(program: Program, callee: Value) -> str:
    """What a function says that it returns, as it is written; empty where it says nothing."""
    node: ast.AST | None = None
    if isinstance(callee, (FunctionRef, BoundMethod)):
        node = callee.function.node
    elif isinstance(callee, Symbol):
        node = _definition(program, callee)
    returns = getattr(node, "returns", None)
    return ast.unparse(returns) if isinstance(returns, ast.expr) and isinstance(node, ast.FunctionDef) else ""


def _definition(program: Program, symbol: Symbol) -> ast.AST | None:
    """The function under a name in a module that the analysis had no need to load."""
    module = program.flow.parsed(symbol.key)
    names = (ast.FunctionDef, ast.AsyncFunctionDef)
    body = module.tree.body if module is not None else []
    return next((node for node in body if isinstance(node, names) and node.name == symbol.name), None)


def _http_twin(program: Program, node: ast.expr, scope: Scope) -> ClassReference | None:
    """The class of an HTTP client that is made in place, of nothing that has a colour itself."""
    if not isinstance(node, ast.Call) or node.args or not isinstance(node.func, (ast.Name, ast.Attribute)):
        return None
    if not {keyword.arg for keyword in node.keywords} <= _COLOURLESS:
        return None
    for value in program.evaluator.values(node.func, scope):
        dotted = getattr(value, "dotted", "")
        if dotted in _HTTP_TWINS:
            return ClassReference(scope.module, scope, node.func, dotted.rsplit(".", 1)[-1], _HTTP_TWINS[dotted])
    return None


def _is_callable(program: Program, value: Value) -> bool:
    """Whether a value is called for the key: a function, an object with `__call__`, a token provider."""
    if isinstance(value, Instance):
        return any("__call__" in cls.scope.slots for cls in value.cls.ancestors())
    if isinstance(value, Symbol):
        return _definition(program, value) is not None
    if isinstance(value, ExternalInstance):
        return value.dotted.endswith(".get_bearer_token_provider")
    return isinstance(value, (FunctionRef, BoundMethod, Partial))


def _is_async_provider(node: ast.expr, values: frozenset[Value]) -> bool:
    """A provider from `azure.identity.aio`, an async function, or none at all."""
    if is_none(node):
        return True
    return bool(values) and all(
        (isinstance(value, ExternalInstance) and ".aio." in value.dotted)
        or (isinstance(value, (FunctionRef, BoundMethod)) and value.function.is_async)
        for value in values
    )


def _may_hold_colour(node: ast.expr, scope: Scope) -> bool:
    """Whether `**options` may hold an argument that has a colour."""
    keys = dict_keys(node, scope)
    return keys is None or bool(keys & _COLOURED)
