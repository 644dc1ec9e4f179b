"""What the analysis knows of functions and classes outside the program, by dotted name."""

from __future__ import annotations

# Modules that stand in for `openai` and export the same clients.
_STAND_INS = {"langfuse.openai.openai": "openai", "langfuse.openai": "openai"}

# Calls that give a copy of their first argument, with other values for some fields.
REPLACERS = frozenset({"dataclasses.replace", "copy.replace", "attrs.evolve", "attr.evolve"})
# Calls that give back their first argument, or an object of the same shape and colour around it.
IDENTITY = frozenset(
    {
        "instructor.from_openai",
        "instructor.patch",
        "instructor.client.from_openai",
        "langsmith.wrappers.wrap_openai",
        "langsmith.wrappers._openai.wrap_openai",
        "braintrust.wrap_openai",
        "copy.copy",
        "functools.lru_cache",
        "functools.cache",
        "weave.op",
    }
)

# Pools that make futures of what they are given, and their calls, which do not wait for it.
EXECUTORS = frozenset({"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"})
_EXECUTOR_CALLS = frozenset(f"{pool}.{method}" for pool in EXECUTORS for method in ("submit", "map"))

# Calls of other pools, which wait until all is done.
WAITING_POOL_CALLS = frozenset(
    f"multiprocessing.{pool}.{method}"
    for pool in ("Pool", "pool.Pool", "pool.ThreadPool", "dummy.Pool")
    for method in ("map", "starmap", "apply")
)
POOL_CALLS = _EXECUTOR_CALLS | WAITING_POOL_CALLS

# Calls that wait for futures, for all of them or for one after the other.
FUTURE_WAITS = frozenset({"concurrent.futures.wait", "concurrent.futures.as_completed"})

# Calls that run a function in a thread, and the position of the function among the arguments.
THREAD_CALLS = {
    **dict.fromkeys(POOL_CALLS, 0),
    "asyncio.to_thread": 0,
    "asyncio.threads.to_thread": 0,
    "fastapi.concurrency.run_in_threadpool": 0,
    "starlette.concurrency.run_in_threadpool": 0,
    "anyio.to_thread.run_sync": 0,
    "asgiref.sync.sync_to_async": 0,
    "asyncio.AbstractEventLoop.run_in_executor": 1,
    "fastapi.BackgroundTasks.add_task": 0,
    "starlette.background.BackgroundTasks.add_task": 0,
}

# Those that await an async function instead.
BACKGROUND_CALLS = frozenset({"fastapi.BackgroundTasks.add_task", "starlette.background.BackgroundTasks.add_task"})

# Calls that read an iterator, or enter a context manager, in threads.
THREAD_ITERATORS = frozenset(
    {"fastapi.concurrency.iterate_in_threadpool", "starlette.concurrency.iterate_in_threadpool"}
)
THREAD_MANAGERS = frozenset({"fastapi.concurrency.contextmanager_in_threadpool"})
THREAD_READERS = THREAD_ITERATORS | THREAD_MANAGERS

# Method names that mean the same on an object that is not known.
THREAD_METHODS = {"run_in_executor": 1, "run_in_threadpool": 0, "add_task": 0}

# Calls that take an awaitable and give one with the same result.
TASKS = frozenset(
    {
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.shield",
        "asyncio.wait_for",
        "asyncio.tasks.create_task",
        "asyncio.AbstractEventLoop.create_task",
        "asyncio.TaskGroup.create_task",
    }
)

# Those that take a coroutine and no other awaitable.
TASK_MAKERS = frozenset(name for name in TASKS if name.endswith(".create_task"))

# Calls whose arguments are awaited by the callee: an await of one's own must not be added.
AWAITING_CALLS = TASKS | {"asyncio.gather", "asyncio.as_completed"}

LOOP_GETTERS = frozenset({"asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop"})

DEPENDS = frozenset(
    {"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends", "fastapi.param_functions.Depends"}
)

# Functions that look at an object and keep nothing of it.
HARMLESS = frozenset(
    {
        "builtins.print",
        "pprint.pprint",
        "pprint.pformat",
        "builtins.isinstance",
        "builtins.issubclass",
        "builtins.id",
        "builtins.hasattr",
        "builtins.type",
        "builtins.bool",
        "builtins.repr",
        "builtins.str",
        "builtins.callable",
        "builtins.len",
        "builtins.vars",
        "builtins.dir",
        "builtins.super",
        "typing.cast",
        "functools.partial",
        "fastapi.Depends",
        "fastapi.Security",
    }
)

# Base classes that call no method of their subclasses.
HARMLESS_BASES = frozenset(
    {
        "abc.ABC",
        "builtins.object",
        "enum.Enum",
        "pydantic.BaseModel",
        "pydantic.main.BaseModel",
        "pydantic_settings.BaseSettings",
        "typing.Generic",
        "typing.NamedTuple",
        "typing.Protocol",
        "typing.TypedDict",
        "typing_extensions.Protocol",
    }
)

HARMLESS_ROOTS = frozenset({"logging", "loguru", "structlog"})

# Declarations of a class's fields, with `default=` or `default_factory=`.
FIELDS = frozenset({"dataclasses.field", "pydantic.Field", "pydantic.fields.Field", "attrs.field", "attr.ib"})

MOCKS = frozenset(
    f"unittest.mock.{name}"
    for name in ("Mock", "MagicMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec")
)

LOCKS = frozenset(
    {
        "threading.Lock",
        "threading.RLock",
        "threading.Semaphore",
        "threading.BoundedSemaphore",
        "threading.Condition",
        "multiprocessing.Lock",
        "multiprocessing.RLock",
        "filelock.FileLock",
    }
)


# Classes of other libraries that take an async client: code that gives them one wants it async.
_ASYNC_TAKERS = frozenset(
    {"OpenAIResponsesModel", "OpenAIChatCompletionsModel", "set_default_openai_client", "OpenAIProvider"}
)
_ASYNC_TAKING_ROOTS = frozenset({"agents", "pydantic_ai"})


def takes_async_client(dotted: str) -> bool:
    """Whether a call outside the program wants an async client."""
    parts = dotted.split(".")
    return parts[0] in _ASYNC_TAKING_ROOTS and parts[-1] in _ASYNC_TAKERS


def canonical(dotted: str) -> str:
    """The dotted name with a stand-in module replaced by what it stands in for."""
    for stand_in, original in _STAND_INS.items():
        if dotted == stand_in or dotted.startswith(f"{stand_in}."):
            return original + dotted[len(stand_in) :]
    return dotted


# Packages whose objects mean something to the analysis: applications, requests, locks, loops, HTTP clients, and what
# belongs to one task or thread.
_INSTANCE_ROOTS = frozenset(
    {
        "fastapi",
        "starlette",
        "asyncio",
        "threading",
        "multiprocessing",
        "concurrent",
        "httpx",
        "filelock",
        "anyio",
        "quart",
        "flask",
        "sanic",
        "aiohttp",
        "contextvars",
        "sqlite3",
    }
)


# Calls that make what belongs to the thread that makes it, which their names do not say as those of classes do.
ONE_THREAD_MAKERS = {
    "sqlite3.connect": "sqlite3.Connection",
    "sqlite3.Connection.cursor": "sqlite3.Cursor",
    "threading.local": "threading.local",
    "asyncio.AbstractEventLoop.create_future": "asyncio.Future",
}


def has_known_instances(dotted: str) -> bool:
    """Whether a dotted name reads like a class whose instances are worth following."""
    last = dotted.rsplit(".", 1)[-1]
    return dotted.split(".", 1)[0] in _INSTANCE_ROOTS and last[:1].isupper() and not last.isupper()
