"""Whether a function does anything that may block, SDK calls left aside: what must hold before it moves to the loop."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from fixopenai.analysis.tree import own_nodes
from fixopenai.analysis.values import (
    BoundMethod,
    ClassRef,
    External,
    ExternalInstance,
    FunctionRef,
    Instance,
    SdkClass,
    SdkMethod,
    Symbol,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from fixopenai.analysis.evaluator import Evaluator
    from fixopenai.analysis.scopes import Function
    from fixopenai.analysis.values import Value

_BLOCKING_BUILTINS = frozenset({"open", "input", "exec", "eval", "compile", "__import__", "breakpoint"})
# Packages whose calls compute and return; what they may block with is in `_BLOCKING`.
_QUICK = frozenset(
    {
        "abc", "asyncio", "base64", "binascii", "bisect", "collections", "contextlib", "contextvars", "copy",
        "dataclasses", "datetime", "decimal", "enum", "fastapi", "fractions", "functools", "hashlib", "heapq", "hmac",
        "html", "inspect", "itertools", "json", "logging", "loguru", "math", "numbers", "openai", "operator", "orjson",
        "pydantic", "random", "re", "secrets", "starlette", "statistics", "string", "structlog", "sys", "textwrap",
        "tiktoken", "time", "traceback", "types", "typing", "typing_extensions", "unicodedata", "urllib.parse", "uuid",
        "warnings", "zoneinfo",
    }
)  # fmt: skip
_QUICK_CALLS = frozenset(
    {
        "httpx.Client",
        "httpx.AsyncClient",
        "httpx.Timeout",
        "httpx.Limits",
        "os.getenv",
        "os.environ",
        "os.path",
        "os.getpid",
    }
)
_BLOCKING = frozenset(
    {
        "asyncio.run",
        "asyncio.AbstractEventLoop.run_until_complete",
        "time.sleep",
        "hashlib.pbkdf2_hmac",
        "hashlib.scrypt",
        "sys.stdin.read",
        "sys.stdin.readline",
        "sys.stdin.readlines",
        "tiktoken.get_encoding",
        "tiktoken.encoding_for_model",
    }
)
# Names that what waits has as well: sessions, queues, caches, collections of a database, paths.
_SHARED_NAMES = frozenset(
    {"get", "insert", "update", "count", "find", "replace", "remove", "pop", "add", "clear", "index", "join", "json"}
)
# Methods of text, numbers, lists, dicts, sets, dates and models, which most objects with such methods are.
_QUICK_METHODS = frozenset(
    name for kind in (str, bytes, int, float, list, dict, set, tuple, frozenset) for name in dir(kind)
) | frozenset(
    {
        "model_dump", "model_dump_json", "to_dict", "to_json", "dict", "json", "isoformat", "strftime", "timestamp",
        "total_seconds", "group", "groups", "appendleft", "popleft", "debug", "info", "warning", "error", "exception",
        "critical", "log",
    }
)  # fmt: skip


def blocking_node(
    evaluator: Evaluator, function: Function, turned: Collection[Function] = ()
) -> tuple[str, ast.expr, Function] | None:
    """The first call in a function, or in those it calls, that may block: why, where and in which function.

    In functions that are `turned` async the SDK calls do not count, which become async with them.
    """
    queue, seen = [function], {function}
    while queue:
        current = queue.pop(0)
        for node in own_nodes(current.node):
            called = _run_besides(evaluator, current, node)
            queue += [callee for callee in called if callee not in seen]
            seen.update(called)
            if not isinstance(node, ast.Call):
                continue
            scope = current.module.scope_of(node)
            callees = evaluator.values(node.func, scope)
            why = _why(node, callees)
            counts = current is not function and current not in turned
            if why is None and counts and any(_is_sync_call(callee) for callee in callees):
                why = _may(ast.unparse(node.func))
            if why is not None:
                return why, node, current
            for callee in _functions(evaluator, callees):
                if callee not in seen and not callee.is_async:
                    seen.add(callee)
                    queue.append(callee)
    return None


def _run_besides(evaluator: Evaluator, function: Function, node: ast.AST) -> list[Function]:
    """Plain functions that run without a call of them: properties, callbacks, what `with`, `for` and `[]` ask for."""
    flow = evaluator.flow
    found: set[Function] = set()
    if isinstance(node, ast.Attribute) and node in flow.reads:
        found |= flow.reads[node][1]
    if isinstance(node, (ast.Name, ast.Attribute)) and node in flow.handed:
        found |= flow.handed[node][1]
    asked: list[tuple[ast.expr, tuple[str, ...]]] = []
    if isinstance(node, ast.With):
        asked += [(item.context_expr, ("__enter__", "__exit__")) for item in node.items]
    elif isinstance(node, (ast.For, ast.comprehension)):
        asked.append((node.iter, ("__iter__", "__next__")))
    elif isinstance(node, ast.Subscript):
        asked.append((node.value, ("__getitem__", "__setitem__")))
    for expression, names in asked:
        for value in evaluator.values(expression, function.module.scope_of(expression)):
            if isinstance(value, Instance):
                methods = (method for name in names for method in evaluator.attributes.get(value, name))
                found |= {method.function for method in methods if isinstance(method, BoundMethod)}
    return [callee for callee in found if not callee.is_async]


def _functions(evaluator: Evaluator, callees: frozenset[Value]) -> list[Function]:
    found = []
    for callee in callees:
        if isinstance(callee, (FunctionRef, BoundMethod)):
            found.append(callee.function)
        elif isinstance(callee, ClassRef):
            made = evaluator.attributes.get(callee, "__init__")
            found += [value.function for value in made if isinstance(value, FunctionRef)]
    return found


def _why(node: ast.Call, callees: frozenset[Value]) -> str | None:
    name = ast.unparse(node.func)
    name = name if len(name) <= 60 else "a call"
    if not callees:
        return None if _is_quick_method(node.func) else _may(name)
    for callee in callees:
        if isinstance(callee, (FunctionRef, BoundMethod, ClassRef, SdkMethod, SdkClass)):
            continue
        if isinstance(callee, Instance):
            return _may(name)
        if isinstance(callee, Symbol):
            # Making an object is as harmless as a literal; classes are named like classes.
            if not callee.name[:1].isupper():
                return _may(name)
        elif isinstance(callee, External) and not _is_quick(callee.dotted):
            return f"{name}() blocks" if callee.dotted in _BLOCKING else _may(name)
        elif isinstance(callee, ExternalInstance) and not _is_quick(callee.dotted):
            return _may(name)
    return None


def _is_sync_call(callee: Value) -> bool:
    return isinstance(callee, SdkMethod) and not callee.is_async


def _is_quick_method(function: ast.expr) -> bool:
    """A method of text, numbers and containers; one whose name databases and queues share only on such an object."""
    if not isinstance(function, ast.Attribute) or function.attr not in _QUICK_METHODS:
        return False
    if function.attr not in _SHARED_NAMES:
        return True
    receiver = function.value
    if isinstance(receiver, ast.Call):
        return isinstance(receiver.func, ast.Attribute) and _is_quick_method(receiver.func)
    return isinstance(receiver, (ast.Constant, ast.JoinedStr, ast.Dict, ast.List, ast.Subscript))


def _is_quick(dotted: str) -> bool:
    if dotted in _BLOCKING:
        return False
    root, _, rest = dotted.partition(".")
    if root == "builtins":
        return rest not in _BLOCKING_BUILTINS and hasattr(builtins, rest.split(".")[0])
    return any(dotted == name or dotted.startswith(f"{name}.") for name in _QUICK | _QUICK_CALLS)


def _may(name: str) -> str:
    return f"{name}() may block"
