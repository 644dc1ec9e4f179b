"""Where a call stands: the functions around it, and whether what runs there runs on the event loop.

In the texts, `_N` ends the name of every function of a use, BODY is the call form, RETURN the form as the value of a
`return`. PARAMETER and GIVEN, each with a comma before it, bring the client to a helper where it is handed on; HANDED
stands for what FastAPI hands to the route.
"""

from __future__ import annotations

from dataclasses import dataclass

_ROUTE = '@app.get("/N")\nasync def route_N(text: strHANDED) -> str:\n'
_SYNC_ROUTE = '@app.get("/N")\ndef route_N(text: strHANDED) -> str:\n'
_HELPER = "def helper_N(text: strPARAMETER) -> str:\n    BODY\n    return answer"
_ASYNC_HELPER = f"async {_HELPER}"
_GENERATOR = "def words_N(text: strPARAMETER) -> Iterator[str]:\n    BODY\n    yield answer"


@dataclass(frozen=True, slots=True)
class Context:
    """`helper` is code that may stand in a module of its own, `route` that of the app. `is_async` is the colour of the
    function that the call stands in, `on_loop` whether it runs on the event loop. A use that is `served` answers
    `GET /N?text=...`."""

    name: str
    route: str
    helper: str = ""
    is_async: bool = True
    on_loop: bool = True
    served: bool = True

    @property
    def needs_expression(self) -> bool:
        return "RETURN" in self.route + self.helper

    @property
    def has_helper(self) -> bool:
        """Whether the call stands in a function that the route calls, and the client has to be handed on to."""
        return "GIVEN" in self.route


_CONTEXTS = (
    Context("async_route", f"{_ROUTE}    BODY\n    return answer"),
    Context("async_route_return", f"{_ROUTE}    return RETURN"),
    Context("one_line_route", f"{_ROUTE.rstrip()} return RETURN"),
    Context(
        "decorated_route",
        '@app.get(\n    "/N",\n    tags=["a"],\n)\n@app.get("/again/N")\n'
        "async def route_N(\n    text: strHANDED,\n) -> str:\n"
        '    """Says it."""\n    BODY\n    return answer',
    ),
    Context("nested_blocks", f"{_ROUTE}    for _ in range(1):\n        if text:\n            BODY\n    return answer"),
    Context("sync_route", f"{_SYNC_ROUTE}    BODY\n    return answer", is_async=False, on_loop=False),
    Context(
        "async_dependency",
        '@app.get("/N")\nasync def route_N(said: str = Depends(said_N)) -> str:\n    return said',
        "async def said_N(text: strHANDED) -> str:\n    BODY\n    return answer",
    ),
    Context(
        "sync_dependency",
        '@app.get("/N")\nasync def route_N(said: str = Depends(said_N)) -> str:\n    return said',
        "def said_N(text: strHANDED) -> str:\n    BODY\n    return answer",
        is_async=False,
        on_loop=False,
    ),
    Context(
        "async_background_task",
        '@app.get("/N")\nasync def route_N(text: str, tasks: BackgroundTasksHANDED) -> str:\n    PREPARE\n'
        "    tasks.add_task(helper_N, textGIVEN)\n    return text",
        _ASYNC_HELPER,
        served=False,
    ),
    Context(
        "sync_background_task",
        '@app.get("/N")\nasync def route_N(text: str, tasks: BackgroundTasksHANDED) -> str:\n    PREPARE\n'
        "    tasks.add_task(helper_N, textGIVEN)\n    return text",
        _HELPER,
        is_async=False,
        on_loop=False,
        served=False,
    ),
    Context(
        "websocket",
        '@app.websocket("/N")\nasync def route_N(socket: WebSocketHANDED) -> None:\n    await socket.accept()\n'
        "    text = await socket.receive_text()\n    BODY\n    await socket.send_text(answer)\n"
        "    await socket.close()",
        served=False,
    ),
    Context("async_helper", f"{_ROUTE}    PREPARE\n    return await helper_N(textGIVEN)", _ASYNC_HELPER),
    Context(
        "async_helper_return",
        f"{_ROUTE}    PREPARE\n    return (await helper_N(textGIVEN)).strip()",
        "async def helper_N(text: strPARAMETER) -> str:\n    return RETURN",
    ),
    Context(
        "gathered_helper",
        f"{_ROUTE}    PREPARE\n    return str(await asyncio.gather(helper_N(textGIVEN), helper_N(textGIVEN)))",
        _ASYNC_HELPER,
    ),
    Context("sync_helper", f"{_ROUTE}    PREPARE\n    return helper_N(textGIVEN)", _HELPER, is_async=False),
    Context(
        "sync_helper_return",
        f"{_ROUTE}    PREPARE\n    said = helper_N(textGIVEN)\n    return said",
        "def helper_N(text: strPARAMETER) -> str:\n    return RETURN",
        is_async=False,
    ),
    Context(
        "sync_helper_two_deep",
        f"{_ROUTE}    PREPARE\n    return outer_N(textGIVEN).upper()",
        f"{_HELPER}\n\n\ndef outer_N(text: strPARAMETER) -> str:\n    return helper_N(textGIVEN).strip()",
        is_async=False,
    ),
    Context(
        "sync_helper_in_thread",
        f"{_ROUTE}    PREPARE\n    return await asyncio.to_thread(helper_N, textGIVEN)",
        _HELPER,
        is_async=False,
        on_loop=False,
    ),
    Context(
        "sync_helper_of_sync_route",
        f"{_SYNC_ROUTE}    PREPARE\n    return helper_N(textGIVEN)",
        _HELPER,
        is_async=False,
        on_loop=False,
    ),
    Context(
        "sync_helper_of_both",
        f"{_ROUTE}    PREPARE\n    return helper_N(textGIVEN)\n\n\n"
        + _SYNC_ROUTE.replace("/N", "/sync/N").replace("route_N", "other_N")
        + "    PREPARE\n    return helper_N(textGIVEN)",
        _HELPER,
        is_async=False,
    ),
    Context(
        "async_method",
        f"{_ROUTE}    PREPARE\n    return await Service_N().ask(textGIVEN)",
        "class Service_N:\n    async def ask(self, text: strPARAMETER) -> str:\n        BODY\n        return answer",
    ),
    Context(
        "sync_method",
        f"{_ROUTE}    PREPARE\n    return Service_N().ask(textGIVEN)",
        "class Service_N:\n    def ask(self, text: strPARAMETER) -> str:\n        BODY\n        return answer",
        is_async=False,
    ),
    Context(
        "static_method",
        f"{_ROUTE}    PREPARE\n    return await Service_N.ask(textGIVEN)",
        "class Service_N:\n    @staticmethod\n    async def ask(text: strPARAMETER) -> str:\n"
        "        BODY\n        return answer",
    ),
    Context(
        "overridden_method",
        f"{_ROUTE}    PREPARE\n    return Special_N().ask(textGIVEN)",
        "class Service_N:\n    def ask(self, text: strPARAMETER) -> str:\n        raise NotImplementedError\n\n\n"
        "class Special_N(Service_N):\n    def ask(self, text: strPARAMETER) -> str:\n"
        "        BODY\n        return answer",
        is_async=False,
    ),
    Context(
        "async_generator",
        '@app.get("/N")\nasync def route_N(text: strHANDED) -> StreamingResponse:\n    PREPARE\n'
        "    return StreamingResponse(words_N(textGIVEN))",
        f"async {_GENERATOR}".replace("Iterator", "AsyncIterator"),
    ),
    Context(
        "sync_generator",
        '@app.get("/N")\nasync def route_N(text: strHANDED) -> StreamingResponse:\n    PREPARE\n'
        "    return StreamingResponse(words_N(textGIVEN))",
        _GENERATOR,
        is_async=False,
        on_loop=False,
    ),
    Context(
        "sync_generator_on_loop",
        f'{_ROUTE}    PREPARE\n    return "".join(words_N(textGIVEN))',
        _GENERATOR,
        is_async=False,
    ),
    Context(
        "nested_async",
        f"{_ROUTE}    PREPARE\n    async def inner_N(text: str) -> str:\n        BODY\n        return answer\n\n"
        "    return await inner_N(text)",
    ),
    Context(
        "nested_sync",
        f"{_ROUTE}    PREPARE\n    def inner_N(text: str) -> str:\n        BODY\n        return answer\n\n"
        "    return inner_N(text)",
        is_async=False,
    ),
    Context(
        "lambda_in_thread",
        f"{_ROUTE}    PREPARE\n    return await asyncio.to_thread(lambda: RETURN)",
        is_async=False,
        on_loop=False,
    ),
    Context(
        "lambda_key",
        f"{_ROUTE}    PREPARE\n    return str(sorted(text.split(), key=lambda text: RETURN))",
        is_async=False,
    ),
)
CONTEXTS = {context.name: context for context in _CONTEXTS}
