"""A thread works on a copy of the context: what sets its variables stays on the loop, what only reads them may move."""

from __future__ import annotations

import pytest
from tools import check_left, check_transformed

APP = """\
from fastapi import Depends, FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()

"""
ROUTE = """

@app.get("/")
async def answer(text: str = Depends(asked)):
    return text
"""
ASKING = """

@app.get("/")
async def answer(q: str):
    return """
YIELDED = "yield client.responses.create(model='m', input=q).output_text"
RETURNED = "return client.responses.create(model='m', input=q).output_text"
MARK = "  # obstacle"
SETS = "asked() sets variables of the context by "
LOST = SETS + "{}, which a thread does not hand back"
MAY = "asked() may set variables of the context by {}, which a thread does not hand back"


def _held(imports: str, manager: str, mark: str = "") -> str:
    """A dependency that holds a context manager around its yield."""
    return f"{imports}\n{APP}\nasync def asked(q: str):\n    with {manager}:{mark}\n        {YIELDED}\n{ROUTE}"


def _after(imports: str, statement: str, *, keyword: str = "async ") -> str:
    """A dependency, or helper, that does something before its call."""
    return f"{imports}\n{APP}\n{keyword}def asked(q: str):\n    {statement}\n    {RETURNED}\n"


BOUND = [
    pytest.param("import structlog", "structlog.contextvars.bind_contextvars(q=q)", id="structlog"),
    pytest.param("from structlog.contextvars import clear_contextvars", "clear_contextvars()", id="structlog-cleared"),
    pytest.param("from opentelemetry import context", "context.attach(context.get_current())", id="opentelemetry"),
    pytest.param("from asgi_correlation_id import correlation_id", "correlation_id.set(q)", id="correlation-id"),
    pytest.param("import decimal", "decimal.setcontext(decimal.Context(prec=9))", id="decimal"),
    pytest.param(
        "from contextvars import ContextVar\ntenant = ContextVar('tenant')", "tenant.set(q)", id="variable-of-the-file"
    ),
    pytest.param(
        "from contextlib import ExitStack\nimport structlog",
        "ExitStack().enter_context(structlog.contextvars.bound_contextvars(q=q))",
        id="manager-that-a-stack-keeps",
    ),
]


@pytest.mark.parametrize(("imports", "statement"), BOUND)
def test_what_sets_variables_stays_out_of_a_thread(imports: str, statement: str) -> None:
    check_left(_after(imports, statement + MARK) + ROUTE, SETS, "sync-def")
    helper = _after(imports, statement + MARK, keyword="")
    check_left(f"{helper}{ASKING}asked(q)\n", SETS, "to-thread")


HELD = [
    pytest.param("import structlog", "structlog.contextvars.bound_contextvars(q=q)", id="structlog"),
    pytest.param("from loguru import logger", "logger.contextualize(q=q)", id="loguru"),
    pytest.param("from sentry_sdk import isolation_scope", "isolation_scope() as scope", id="sentry"),
    pytest.param("from starlette_context import request_cycle_context", "request_cycle_context()", id="starlette"),
    pytest.param(
        "from opentelemetry import trace\ntracer = trace.get_tracer(__name__)",
        "tracer.start_as_current_span('q') as span",
        id="opentelemetry",
    ),
    pytest.param(
        "from opentelemetry import trace",
        "open(q) as file, trace.use_span(trace.get_current_span())",
        id="second-of-a-with",
    ),
]


@pytest.mark.parametrize(("imports", "manager"), HELD)
def test_a_manager_that_sets_variables_around_a_yield_stays_on_the_loop(imports: str, manager: str) -> None:
    check_left(_held(imports, manager, MARK), SETS, "sync-def")


OWN = """\
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

tenant = ContextVar("tenant")


class Tenant:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.token = tenant.set(self.name){here}

    def __exit__(self, *_):
        tenant.reset(self.token)


@contextmanager
def logged(q):
    with structlog.contextvars.bound_contextvars(q=q):{there}
        yield
"""


@pytest.mark.parametrize(
    ("manager", "by", "marks"),
    [
        pytest.param("Tenant(q)", "tenant.set", (MARK, ""), id="class"),
        pytest.param("logged(q)", "structlog.contextvars.bound_contextvars", ("", MARK), id="function-that-yields"),
    ],
)
def test_a_manager_of_the_program_is_looked_into(manager: str, by: str, marks: tuple[str, str]) -> None:
    own = OWN.format(here=marks[0], there=marks[1])
    check_left(_held(own, manager), LOST.format(by), "sync-def")


def test_a_manager_of_a_file_without_the_sdk_is_looked_into() -> None:
    files = {
        "main.py": _held("from tenants import Tenant", "Tenant(q)", MARK),
        "tenants.py": OWN.format(here="", there=""),
    }
    check_left(files, MAY.format("Tenant(q) around its yield"), "sync-def")


@pytest.mark.parametrize(
    ("imports", "manager"),
    [
        pytest.param("from tracing import tracer", "tracer.trace(q)", id="of-a-package"),
        pytest.param("from tracing import Tracer\ntracer = Tracer()", "tracer.trace(q)", id="of-an-object-of-one"),
    ],
)
def test_a_manager_that_is_kept_for_its_effect_alone_may_set_variables(imports: str, manager: str) -> None:
    check_left(_held(imports, manager, MARK), MAY.format("tracer.trace(q) around its yield"), "sync-def")


def test_set_on_a_name_of_a_package_may_set_a_variable() -> None:
    code = _after("from tenancy import tenant", "tenant.set(q)" + MARK) + ROUTE
    check_left(code, MAY.format("tenant.set"), "sync-def")


HARMLESS = [
    pytest.param("import structlog", "with_q = structlog.contextvars.get_contextvars()", id="structlog-read"),
    pytest.param("import structlog\nlog = structlog.get_logger()", "log.bind(q=q).info('asked')", id="structlog-log"),
    pytest.param("from loguru import logger", "logger.bind(q=q).info('asked')", id="loguru-log"),
    pytest.param("from asgi_correlation_id import correlation_id", "print(correlation_id.get())", id="id-read"),
    pytest.param("from opentelemetry import baggage", "baggage.get_baggage('user')", id="baggage-read"),
    pytest.param(
        "from opentelemetry import trace", "trace.get_current_span().set_attribute('q', q)", id="span-written-to"
    ),
    pytest.param("from starlette_context import context", "context['q'] = q", id="dict-that-threads-share"),
    pytest.param("import threading\nready = threading.Event()", "ready.set()", id="set-without-a-value"),
    pytest.param("from caches import cache", "cache.set('q', q)", id="set-of-a-key"),
    pytest.param("", "marks = {}; marks.update(q=q)", id="own-object"),
    pytest.param(
        "from opentelemetry import trace\ntracer = trace.get_tracer(__name__)",
        "with tracer.start_as_current_span('q'): print(q)",
        id="span-that-ends-before",
    ),
    pytest.param(OWN.format(here="", there=""), "with logged(q): print(q)", id="own-manager-that-is-left-before"),
]


@pytest.mark.parametrize(("imports", "statement"), HARMLESS)
def test_what_reads_variables_or_puts_them_back_may_run_in_a_thread(imports: str, statement: str) -> None:
    before = _after(imports, statement) + ROUTE
    check_transformed(before, before.replace("async def asked", "def asked"), "sync-def")
    helper = _after(f"import asyncio\n{imports}", statement, keyword="") + ASKING
    check_transformed(f"{helper}asked(q)\n", f"{helper}await asyncio.to_thread(asked, q)\n", "to-thread")


SESSIONS = [
    pytest.param("from sqlmodel import Session\nfrom db import engine", "Session(engine) as session", id="session"),
    pytest.param("from database import SessionLocal", "SessionLocal() as db", id="session-maker"),
    pytest.param(
        "from sqlmodel import Session\nfrom db import engine",
        "Session(engine) as session, session.begin()",
        id="transaction-of-a-session",
    ),
    pytest.param("", "open(q) as file", id="file"),
    pytest.param("import contextlib", "contextlib.suppress(ValueError)", id="suppress"),
    pytest.param("from contextlib import nullcontext", "nullcontext()", id="nullcontext"),
    pytest.param("import threading\nlock = threading.Lock()", "lock", id="lock"),
    pytest.param("", "client.responses.with_streaming_response.create(model='m', input=q)", id="object-of-the-sdk"),
]


@pytest.mark.parametrize(("imports", "manager"), SESSIONS)
def test_what_stands_around_a_yield_for_its_own_sake_is_no_obstacle(imports: str, manager: str) -> None:
    before = _held(imports, manager)
    check_transformed(before, before.replace("async def asked", "def asked"), "sync-def")


def test_a_session_maker_of_the_program_is_no_obstacle() -> None:
    database = "from sqlalchemy.orm import sessionmaker\n\nSessionLocal = sessionmaker()\n"
    before = _held("from database import SessionLocal", "SessionLocal() as db")
    files = {"main.py": before, "database.py": database}
    check_transformed(files, {"main.py": before.replace("async def asked", "def asked")}, "sync-def")


def test_a_route_may_hold_what_it_likes() -> None:
    before = f"""\
from tracing import tracer
{APP}
@app.get("/")
async def asked(q: str):
    with tracer.trace(q):
        {RETURNED}
"""
    check_transformed(before, before.replace("async def asked", "def asked"), "sync-def")


LOGS = """\
import structlog

log = structlog.get_logger()


def bind_request(q):
    structlog.contextvars.bind_contextvars(q=q)


def shown():
    return structlog.contextvars.get_contextvars()
"""


def test_a_function_of_a_file_without_the_sdk_may_set_variables() -> None:
    code = _after("from logs import bind_request", "bind_request(q)" + MARK) + ROUTE
    check_left({"main.py": code, "logs.py": LOGS}, MAY.format("bind_request"), "sync-def")


def test_what_only_logs_in_such_a_file_is_no_obstacle() -> None:
    before = _after("from logs import log, shown", "log.bind(q=q).info('asked', **shown())") + ROUTE
    after = before.replace("async def asked", "def asked")
    check_transformed({"main.py": before, "logs.py": LOGS}, {"main.py": after}, "sync-def")
