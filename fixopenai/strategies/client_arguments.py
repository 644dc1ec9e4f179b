"""Arguments of a client that have a colour themselves: HTTP clients, keys that are called for, token providers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixopenai.analysis.literals import dict_items
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
_HTTP_REASON = "`http_client=` would have to become async as well"


def switch_arguments(
    program: Program, call: ast.Call, scope: Scope, *, all_awaited: bool
) -> list[ClassReference] | Refusal:
    """The classes in a client's arguments that change with it, or the argument that cannot.

    `all_awaited` says that an async client was meant all along, so that `**options` were written for one.
    """
    references: list[ClassReference] = []
    for keyword in call.keywords:
        if keyword.arg is not None:
            switched = _switch_argument(program, keyword.arg, keyword.value, scope)
        elif all_awaited:
            continue
        else:
            switched = _options_refusal(program, keyword.value, call, scope) or []
        if isinstance(switched, Refusal):
            return switched
        references += switched
    return references


def _options_refusal(program: Program, options: ast.expr, call: ast.Call, scope: Scope) -> Refusal | None:
    """Why `**options` cannot stay as they are, which may serve others as well."""
    items = dict_items(options, scope)
    if items is None:
        return _refusal("the arguments may hold an `http_client`, which would have to become async", call, scope)
    for name, node, where in items:
        switched = _switch_argument(program, name, node, where)
        if isinstance(switched, Refusal):
            return switched
        if switched:
            return _refusal(_HTTP_REASON, node, where)
    return None


def _switch_argument(program: Program, name: str, node: ast.expr, scope: Scope) -> list[ClassReference] | Refusal:
    if is_none(node):
        return []
    values = program.evaluator.values(node, scope)
    if name == "http_client" and not _is_async_http(program, node, scope):
        twin = _http_twin(program, node, scope)
        return (
            [twin] if twin is not None else _refusal("`http_client=` would have to become async as well", node, scope)
        )
    if name == "api_key" and not _is_async_provider(values) and any(_is_callable(program, value) for value in values):
        return _refusal("`api_key=` is a function, which would have to become async", node, scope)
    if name == "azure_ad_token_provider" and not _is_async_provider(values):
        return _refusal("`azure_ad_token_provider=` would fetch tokens on the event loop", node, scope)
    return []


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


def _is_async_provider(values: frozenset[Value]) -> bool:
    """A provider from `azure.identity.aio`, or an async function."""
    return bool(values) and all(
        (isinstance(value, ExternalInstance) and ".aio." in value.dotted)
        or (isinstance(value, (FunctionRef, BoundMethod)) and value.function.is_async)
        for value in values
    )
