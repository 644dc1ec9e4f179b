"""The bench's API, as the SDK sees it: all that arrives is what the SDK makes of it, not what was sent."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import openai
import pytest
from bench.answers import FILES
from bench.api_server import API_KEY, ApiServer, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai.types.beta.threads import Text, TextDelta

DELAY_S = 0.1


@pytest.fixture(scope="module")
def api() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def client(api: ApiServer) -> Iterator[openai.OpenAI]:
    api.delay_s = 0.0
    api.reset()
    with openai.OpenAI(base_url=f"{api.origin}/v1", api_key=API_KEY, max_retries=0) as made:
        yield made


def user(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def test_it_is_busy_as_often_as_the_prompt_says(client: openai.OpenAI) -> None:
    for _ in range(2):
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="m", messages=user("[busy 2]"))
    completion = client.chat.completions.create(model="m", messages=user("[busy 2]"))
    assert completion.choices[0].message.content == "You said: [busy 2]"


def test_it_refuses_a_wrong_key(api: ApiServer, client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-wrong").models.list()


def test_it_calls_the_tools_that_a_prompt_wants_and_says_what_they_gave(client: openai.OpenAI) -> None:
    tools: list[Any] = [{"type": "function", "function": {"name": "add"}}]
    messages = user('[tool add {"a": 2}] [tool drop {}]')
    choice = client.chat.completions.create(model="m", messages=messages, tools=tools).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls is not None
    assert [call.to_dict()["function"] for call in choice.message.tool_calls] == [
        {"name": "add", "arguments": '{"a": 2}'}
    ]
    messages += [choice.message.to_dict(), {"role": "tool", "tool_call_id": "call_0", "content": "2"}]
    told = client.chat.completions.create(model="m", messages=messages, tools=tools).choices[0]
    assert (told.finish_reason, told.message.content) == ("stop", "The tools said: 2")


def test_chat_stream(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="m", messages=user("a b")) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        completion = stream.get_final_completion()
    assert "".join(deltas) == completion.choices[0].message.content == "You said: a b"


def test_response_stream(client: openai.OpenAI) -> None:
    plain = client.responses.create(model="m", input="a b")
    raw = list(client.responses.create(model="m", input="a b", stream=True))
    assert [event.sequence_number for event in raw] == list(range(len(raw)))
    with client.responses.stream(model="m", input="a b") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == plain.output_text == "You said: a b"
    assert final.usage == plain.usage


def test_files_come_on_two_pages(client: openai.OpenAI, api: ApiServer) -> None:
    first = client.files.list()
    second = first.get_next_page()
    assert [len(first.data), len(second.data)] == [3, 2]
    assert not second.has_next_page()
    assert tuple(file.filename for file in client.files.list()) == FILES
    assert api.traffic.calls == 4


@pytest.mark.filterwarnings("ignore:The Assistants API is deprecated:DeprecationWarning")
def test_a_run_ends_when_it_was_asked_for_twice(client: openai.OpenAI) -> None:
    threads = client.beta.threads
    thread, other = threads.create(), threads.create()
    threads.messages.create(thread.id, role="user", content="Where?")
    run = threads.runs.create(thread_id=thread.id, assistant_id="asst_1")
    states = [run.status, *(threads.runs.retrieve(run.id, thread_id=thread.id).status for _ in range(2))]
    assert states == ["queued", "in_progress", "completed"]

    listed = threads.messages.list(thread.id)
    texts = [part.text.value for message in listed for part in message.content if part.type == "text"]
    assert texts == ["You said: Where?", "Where?"]
    assert threads.messages.list(thread.id, order="asc").data[0].role == "user"
    assert not threads.messages.list(other.id).data


class Listener(openai.AssistantEventHandler):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def on_text_delta(self, delta: TextDelta, snapshot: Text) -> None:
        self.heard.append(delta.value or "")


@pytest.mark.filterwarnings("ignore:The Assistants API is deprecated:DeprecationWarning")
def test_a_streamed_run_tells_its_handler(client: openai.OpenAI) -> None:
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "a b"}])
    listener = Listener()
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id="asst_1", event_handler=listener) as handled:
        assert handled.get_final_run().status == "completed"
    asked: Any = {"messages": [{"role": "user", "content": "a b"}]}
    with client.beta.threads.create_and_run_stream(assistant_id="asst_1", thread=asked) as stream:
        texts = list(stream.text_deltas)
    assert "".join(listener.heard) == "".join(texts) == "You said: a b"


def test_a_realtime_connection_answers_when_asked(client: openai.OpenAI, api: ApiServer) -> None:
    with client.realtime.connect(model="m") as connection:
        assert connection.recv().type == "session.created"
        item: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a b"}]}
        connection.conversation.item.create(item=item)
        for _ in range(2):
            connection.response.create()
            events = [connection.recv() for _ in range(7)]
            words = [event.delta for event in events if event.type == "response.output_text.delta"]
            assert "".join(words) == "You said: a b"
            assert events[-1].type == "response.done"
        assert api.busy
    assert api.traffic.calls == 1


def test_the_async_client_gets_the_same(api: ApiServer) -> None:
    api.delay_s = 0.0

    async def ask() -> tuple[str, list[str], bytes]:
        async with openai.AsyncOpenAI(base_url=f"{api.origin}/v1", api_key=API_KEY) as client:
            async with client.responses.stream(model="m", input="a b") as stream:
                text = (await stream.get_final_response()).output_text
            names = [file.filename async for file in client.files.list()]
            speech = client.audio.speech.with_streaming_response
            async with speech.create(model="m", voice="alloy", input="a b") as response:
                return text, names, b"".join([part async for part in response.iter_bytes()])

    assert asyncio.run(ask()) == ("You said: a b", list(FILES), b"alloy says a b")


def test_every_page_is_late(api: ApiServer, client: openai.OpenAI) -> None:
    api.delay_s = DELAY_S
    with took_at_least(DELAY_S):
        page = client.files.list()
    with took_at_least(DELAY_S):
        page.get_next_page()


def test_a_stream_is_late_twice_and_waited_for_until_it_begins(api: ApiServer, client: openai.OpenAI) -> None:
    api.delay_s = DELAY_S
    with took_at_least(2 * DELAY_S):
        stream = client.responses.create(model="m", input="a b", stream=True)
        assert next(stream).type == "response.created"
        client.models.list()
        assert [event.type for event in stream][-1] == "response.completed"
    with took_at_least(2 * DELAY_S):
        client.audio.speech.create(model="m", voice="alloy", input="a b")
    assert api.traffic == Traffic(calls=3, most_in_flight=1)


@contextlib.contextmanager
def took_at_least(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started >= seconds
