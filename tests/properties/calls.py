"""What is done with a client: each form leaves its answer in `answer`, in the one text that both colours share.

In a text, CLIENT is the client, `«` and `»` stand around what an async client awaits, and ASYNC before a `for` or a
`with` that is `async for` or `async with` then. A mode says which of these words are written.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from textwrap import indent
from typing import Literal, get_args

# How the words are written: not at all, all of them, `await` or `async` alone, or an `await` that waits for too much.
Mode = Literal["plain", "awaited", "await-only", "async-only", "late"]
MODES: tuple[Mode, ...] = get_args(Mode)

_CHAT = 'CLIENT.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])'
_CHAT_IN_F_STRING = _CHAT.replace('"', "'").replace("{", "dict((").replace("}", ",))").replace(": ", ", ")
_STREAM = _CHAT.replace(")", ", stream=True)")
_CONTENT = ".choices[0].message.content or ''"
_MORE = 'answer += chunk.choices[0].delta.content or ""'
_RESPONSE = 'CLIENT.responses.create(model="m", input=text)'
_OF_NESTED = _RESPONSE.replace("CLIENT", "nested")
_STREAMED_CHAT = _CHAT.replace("create", "with_streaming_response.create")
_EMBEDDINGS = 'CLIENT.embeddings.create(model="m", input=text)'
_SPEECH = 'CLIENT.audio.speech.create(model="m", voice="alloy", input=text)'
_STREAMED_RESPONSE = 'CLIENT.responses.stream(model="m", input=text)'


@dataclass(frozen=True, slots=True)
class CallForm:
    """`waits` says that the form has an `await` of its own, and so has one mode only; `right_with` is the colour of
    client for which that one is right, if there is one. What is handed to a thread wrapper as a function, and is the
    coroutine of an async client, is `unseen`: wrong, and not reported yet."""

    name: str
    text: str
    waits: bool = False
    right_with: Literal["sync", "async", ""] = ""
    unseen: bool = False

    @property
    def is_expression(self) -> bool:
        """Whether the form is one assignment to `answer`, so that its value can stand in a lambda or a `return`."""
        return self.text.startswith("answer = ") and "\n" not in self.text and "again" not in self.text

    @property
    def expression(self) -> str:
        return self.text.removeprefix("answer = ")


_FORMS = {
    "chat": f"completion = «{_CHAT}»\nanswer = completion{_CONTENT}",
    "chat_chained": f"answer = «{_CHAT}»{_CONTENT}",
    "responses": f"answer = «{_RESPONSE}».output_text",
    "embeddings": f"answer = str(«{_EMBEDDINGS}».data[0].embedding)",
    "moderations": "answer = str(«CLIENT.moderations.create(input=text)».results[0].flagged)",
    "speech": f"answer = «{_SPEECH}».content.decode()",
    "annotated_name": f"answer: str = «{_RESPONSE}».output_text",
    "type_comment": f"answer = «{_RESPONSE}».output_text  # type: str",
    "in_list_display": f'answer = " ".join([«{_RESPONSE}».output_text, text])',
    "as_argument": f"answer = str(«{_RESPONSE}».output_text)",
    "as_keyword_argument": f'answer = "{{said}}".format(said=«{_RESPONSE}».output_text)',
    "in_f_string": f'answer = f"so: {{«{_RESPONSE}».output_text}}!"'.replace('"m"', "'m'"),
    "in_nested_f_string_part": f'answer = f"{{«{_EMBEDDINGS}».data[0].index:>3}}"'.replace('"m"', "'m'"),
    "in_binary_operation": f'answer = "so " + «{_RESPONSE}».output_text + "!"',
    "in_comparison": f'answer = str("said" in «{_RESPONSE}».output_text)',
    "in_not": f"answer = str(not «{_RESPONSE}».output_text)",
    "in_subscript": f"answer = «{_RESPONSE}».output_text[len(text[:0]):]",
    "in_dict_display": f'answer = {{"said": «{_RESPONSE}».output_text}}["said"]',
    "in_tuple_assignment": f'answer, _ = «{_RESPONSE}».output_text, "rest"',
    "chained_assignment": f"answer = again = «{_RESPONSE}».output_text",
    "augmented_assignment": f'answer = ""\nanswer += «{_RESPONSE}».output_text',
    "conditional_expression": f'answer = «{_RESPONSE}».output_text if text else ""',
    "in_boolean_operation": f'answer = text and «{_RESPONSE}».output_text or ""',
    "walrus_alone": f"(response := «{_RESPONSE}»)\nanswer = response.output_text",
    "walrus_in_condition": f"answer = response.output_text if (response := «{_RESPONSE}») else ''",
    "walrus_stream": (f'answer = ""\nif stream := «{_STREAM}»:\n    ASYNC for chunk in stream:\n        {_MORE}'),
    "walrus_iterated": (f'answer = ""\nASYNC for chunk in (stream := «{_STREAM}»):\n    {_MORE}'),
    "walrus": f'if (response := «{_RESPONSE}»).output_text:\n    answer = response.output_text\nelse:\n    answer = ""',
    "if_test": f'answer = "no"\nif «{_RESPONSE}».output_text:\n    answer = "yes"',
    "while_test": f'answer = ""\nwhile «{_RESPONSE}».output_text and not answer:\n    answer = "yes"',
    "try_except_finally": (
        f"try:\n    response = «{_RESPONSE}»\nexcept ValueError as error:\n    answer = str(error)\n"
        f"else:\n    answer = response.output_text\nfinally:\n    text = text.strip()"
    ),
    "in_finally": f'answer = ""\ntry:\n    text = text.strip()\nfinally:\n    answer = «{_RESPONSE}».output_text',
    "raised_and_caught": (
        f"try:\n    raise ValueError(«{_RESPONSE}».output_text)\nexcept ValueError as error:\n    answer = str(error)"
    ),
    "in_match": f"match «{_RESPONSE}».output_text:\n    case str(answer):\n        pass",
    "in_assert": f'assert «{_RESPONSE}».output_text, "nothing"\nanswer = "said"',
    "statement_alone": f'«{_RESPONSE}»\nanswer = "done"',
    "one_line_suite": f'answer = ""\nif text: answer = «{_RESPONSE}».output_text',
    "semicolons": f"response = «{_RESPONSE}»; answer = response.output_text",
    "continued_line": f"answer = \\\n    «{_RESPONSE}».output_text",
    "list_comprehension": f'answer = " ".join([«{_RESPONSE}».output_text for text in text.split()])',
    "set_comprehension": f"answer = str(sorted({{«{_RESPONSE}».output_text for text in text.split()}}))",
    "dict_comprehension": f"answer = str({{text: «{_RESPONSE}».output_text for text in text.split()}})",
    "comprehension_condition": f"answer = str([word for word in text.split() if «{_RESPONSE}».output_text])",
    "generator_in_join": f'answer = " ".join(«{_RESPONSE}».output_text for text in text.split())',
    "generator_in_sum": f"answer = str(sum(len(«{_EMBEDDINGS}».data) for text in text.split()))",
    "star_argument": f'answer = " ".join([*«{_RESPONSE}».output_text.split()])',
    "two_in_one_expression": f"answer = «{_RESPONSE}».output_text + str(len(«{_EMBEDDINGS}».data))",
    "call_inside_call": (f'answer = «CLIENT.responses.create(model="m", input=«{_RESPONSE}».output_text)».output_text'),
    "keyword_dictionary": (
        'options: dict[str, Any] = {"model": "m", "input": text}\n'
        "answer = «CLIENT.responses.create(**options)».output_text"
    ),
    "bound_method": 'create = CLIENT.responses.create\nanswer = «create(model="m", input=text)».output_text',
    "bound_resource": 'responses = CLIENT.responses\nanswer = «responses.create(model="m", input=text)».output_text',
    "raw_response": f"raw = «{_CHAT.replace('create', 'with_raw_response.create')}»\nanswer = raw.parse(){_CONTENT}",
    "with_options": f"answer = «{_RESPONSE.replace('CLIENT', 'CLIENT.with_options(timeout=20)')}».output_text",
    "closure_over_client": f"nested = CLIENT.with_options(timeout=20)\nanswer = «{_OF_NESTED}».output_text",
    "streaming_response": (f"ASYNC with {_STREAMED_CHAT} as raw:\n    answer = «raw.text()»[:0] + text"),
    "stream_for": (f'answer = ""\nASYNC for chunk in «{_STREAM}»:\n    {_MORE}'),
    "stream_in_name": (f'answer = ""\nstream = «{_STREAM}»\nASYNC for chunk in stream:\n    {_MORE}'),
    "stream_with": (f'answer = ""\nASYNC with «{_STREAM}» as stream:\n    ASYNC for chunk in stream:\n        {_MORE}'),
    "stream_comprehension": (
        f'answer = "".join([chunk.choices[0].delta.content or "" ASYNC for chunk in «{_STREAM}»])'
    ),
    "stream_for_else": (f'answer = ""\nASYNC for chunk in «{_STREAM}»:\n    {_MORE}\nelse:\n    answer += "."'),
    "stream_manager": (
        f'answer = ""\nASYNC with {_STREAMED_RESPONSE} as stream:\n    ASYNC for event in stream:\n'
        f'        if event.type == "response.output_text.delta":\n            answer += event.delta'
    ),
    "stream_manager_final": (
        f"ASYNC with {_STREAMED_RESPONSE} as stream:\n    answer = «stream.get_final_response()».output_text"
    ),
    "page_for": 'answer = ""\nASYNC for model in CLIENT.models.list():\n    answer += model.id',
    "page_data": "answer = str([model.id for model in «CLIENT.models.list()».data])",
    "pages_comprehension": "answer = str([file.filename ASYNC for file in CLIENT.files.list()])",
    "next_page": (
        "page = «CLIENT.files.list()»\nanswer = str(page.has_next_page())\nif page.has_next_page():\n"
        "    answer = «page.get_next_page()».data[0].filename"
    ),
}
_BOUND = 'CLIENT.responses.create, model="m", input=text'
# Tasks and threads: the call, or the function, is handed to what waits for it.
_WAITING = (
    CallForm(
        "gather",
        f"answer = str([r.output_text for r in await asyncio.gather({_RESPONSE}, {_RESPONSE})])",
        True,
        "async",
    ),
    CallForm(
        "gather_list",
        f"tasks = [{_RESPONSE} for text in text.split()]\nanswer = str(len(await asyncio.gather(*tasks)))",
        True,
        "async",
    ),
    CallForm("wait_for", f"answer = (await asyncio.wait_for({_RESPONSE}, timeout=20)).output_text", True, "async"),
    CallForm(
        "create_task", f"task = asyncio.create_task({_RESPONSE})\nanswer = (await task).output_text", True, "async"
    ),
    CallForm("awaited_later", f"later = {_RESPONSE}\nanswer = (await later).output_text", True, "async"),
    CallForm("awaited_walrus", f"answer = str(bool(await (later := {_RESPONSE})))", True, "async"),
    CallForm(
        "awaited_stream_name",
        f"later = {_STREAM}\nanswer = ''\nasync for chunk in await later:\n    {_MORE}",
        True,
        "async",
    ),
    CallForm(
        "conditional_await", f"answer = (await ({_RESPONSE} if text else {_RESPONSE})).output_text", True, "async"
    ),
    CallForm("to_thread", f"answer = (await asyncio.to_thread({_BOUND})).output_text", True, "sync"),
    CallForm("to_thread_called", f"answer = (await asyncio.to_thread({_RESPONSE})).output_text", True),
    CallForm(
        "to_thread_lambda",
        f"answer = (await asyncio.to_thread(lambda: {_RESPONSE})).output_text",
        True,
        "sync",
        unseen=True,
    ),
    CallForm("to_thread_not_awaited", f"answer = asyncio.to_thread({_BOUND}).output_text", True, unseen=True),
    CallForm("in_threadpool", f"answer = (await run_in_threadpool({_BOUND})).output_text", True, "sync"),
    CallForm("in_threadpool_called", f"answer = (await run_in_threadpool({_RESPONSE})).output_text", True),
    CallForm(
        "executor_called",
        f"answer = (await asyncio.get_running_loop().run_in_executor(None, {_RESPONSE})).output_text",
        True,
    ),
    CallForm("asyncio_run", f"answer = asyncio.run({_RESPONSE}).output_text", True),
)
CALLS = {**{name: CallForm(name, text) for name, text in _FORMS.items()}, **{form.name: form for form in _WAITING}}


def written(text: str, mode: Mode, client: str) -> str:
    """The text of a form with the words that the mode has."""
    word = "async " if mode in ("awaited", "async-only") else ""
    opening, closing = {"late": ("await ", ""), "awaited": ("(await ", ")"), "await-only": ("(await ", ")")}.get(
        mode, ("", "")
    )
    return text.replace("ASYNC ", word).replace("«", opening).replace("»", closing).replace("CLIENT", client)


@cache
def modes_of(text: str) -> dict[Mode, str]:
    """The modes that mean different code, each with the text it gives; `late` waits for the right thing in some."""
    found: dict[str, tuple[Mode, str]] = {}
    for mode in MODES:
        new = written(text, mode, "CLIENT")
        found.setdefault(ast.dump(ast.parse(f"async def f():\n{indent(new, '    ')}")), (mode, new))
    return dict(found.values())
