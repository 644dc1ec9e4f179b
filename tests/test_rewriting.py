"""What is rewritten, byte for byte: encodings, newlines, layouts, and every place a call can stand in."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING

import pytest
from tools import check_left, check_noop, check_transformed

if TYPE_CHECKING:
    from fixopenai.settings import Strategy

BEFORE = """\
from openai import OpenAI

client = OpenAI()


async def answer():
    # {comment}
    return client.responses.create(model="m", input="{text}")
"""
AFTER = """\
from openai import AsyncOpenAI

client = AsyncOpenAI()


async def answer():
    # {comment}
    return await client.responses.create(model="m", input="{text}")
"""
IN_THREAD = """\
import asyncio

from openai import OpenAI

client = OpenAI()


async def answer():
    # {comment}
    return await asyncio.to_thread(client.responses.create, model="m", input="{text}")
"""


def filled(template: str, text: str = "x", comment: str = "") -> str:
    return template.replace("{text}", text).replace("{comment}", comment)


def both(before: bytes, after: bytes, in_thread: bytes) -> None:
    """By the async client, and by a thread, which also adds an import."""
    check_transformed(before, after, "async-client")
    check_transformed(before, in_thread, "to-thread")


def test_bom_stays() -> None:
    both(*(BOM_UTF8 + filled(text).encode() for text in (BEFORE, AFTER, IN_THREAD)))


def test_crlf_stays_and_added_lines_have_it() -> None:
    both(*(filled(text).replace("\n", "\r\n").encode() for text in (BEFORE, AFTER, IN_THREAD)))


def test_lone_cr_stays_and_added_lines_have_it() -> None:
    both(*(filled(text).replace("\n", "\r").encode() for text in (BEFORE, AFTER, IN_THREAD)))


def test_mixed_newlines_stay_where_they_are() -> None:
    before = (
        b"from openai import OpenAI\r\n\nclient = OpenAI()\n\r\n\nasync def answer():\r\n"
        b'    return client.responses.create(\r\n        model="m",\n        input="x",\r\n    )\n'
    )
    after = (
        b"from openai import AsyncOpenAI\r\n\nclient = AsyncOpenAI()\n\r\n\nasync def answer():\r\n"
        b'    return await client.responses.create(\r\n        model="m",\n        input="x",\r\n    )\n'
    )
    in_thread = (
        b"import asyncio\r\n\r\nfrom openai import OpenAI\r\n\nclient = OpenAI()\n\r\n\nasync def answer():\r\n"
        b"    return await asyncio.to_thread(\r\n        client.responses.create,\r\n"
        b'        model="m",\n        input="x",\r\n    )\n'
    )
    both(before, after, in_thread)


def test_latin_1_with_its_cookie() -> None:
    head = "# -*- coding: latin-1 -*-\n"
    texts = (head + filled(text, "caf\xe9", "\xfc") for text in (BEFORE, AFTER, IN_THREAD))
    both(*(text.encode("latin-1") for text in texts))


def test_tabs_stay() -> None:
    both(*(filled(text).replace("    ", "\t").encode() for text in (BEFORE, AFTER, IN_THREAD)))


def test_form_feed_stays() -> None:
    both(*(filled(text).replace("async def", "\x0casync def").encode() for text in (BEFORE, AFTER, IN_THREAD)))


def test_no_newline_at_the_end() -> None:
    both(*(filled(text).rstrip("\n").encode() for text in (BEFORE, AFTER, IN_THREAD)))


def test_trailing_spaces_and_odd_blank_lines_stay() -> None:
    odd = {"    return": "    \n  \n    return", "()\n": "()  \n"}
    for old, new in odd.items():
        both(*(filled(text).replace(old, new).encode() for text in (BEFORE, AFTER, IN_THREAD)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("caf\xe9", id="two-bytes"),
        pytest.param("日本語", id="three-bytes"),
        pytest.param("😀👩‍👩‍👧", id="four-bytes-and-joined"),
        pytest.param("e\u0301", id="combining"),
        pytest.param("\u2028\x85\x1c\x0b", id="line-ends-for-str-but-not-for-python"),
        pytest.param("[int] :smile:", id="rich-markup"),
    ],
)
def test_text_before_the_call_on_its_line(text: str) -> None:
    before = 'print("{text}"); return client.responses.create(model="{text}", input="{text}"); "{text}"'
    after = 'print("{text}"); return await client.responses.create(model="{text}", input="{text}"); "{text}"'
    line = 'return client.responses.create(model="m", input="{text}")'
    old = filled(BEFORE.replace(line, before), text, text)
    new = filled(AFTER.replace(f"return await {line[7:]}", after), text, text)
    check_transformed(old.encode(), new.encode(), "async-client")


def test_a_name_that_is_not_ascii() -> None:
    check_transformed(
        "from openai import OpenAI\n\nкафе = OpenAI()\n\n\nasync def été():\n"
        "    x = 'é'; y = кафе.responses.create(model=x)\n",
        "from openai import AsyncOpenAI\n\nкафе = AsyncOpenAI()\n\n\nasync def été():\n"
        "    x = 'é'; y = await кафе.responses.create(model=x)\n",
        "async-client",
    )


HEAD = """\
from openai import {cls}

client = {cls}()
ask = client.responses.create


async def answer(prompt, prompts, flag, options):
"""

POSITIONS = [
    pytest.param("ask(input=1)", "await ask(input=1)", id="statement"),
    pytest.param("return ask(input=1)", "return await ask(input=1)", id="returned"),
    pytest.param("return ask(input=1),", "return await ask(input=1),", id="tuple-without-parentheses"),
    pytest.param("return ask(input=1).output_text", "return (await ask(input=1)).output_text", id="attribute"),
    pytest.param(
        "return ask(input=1).output[0].content[0]", "return (await ask(input=1)).output[0].content[0]", id="chain"
    ),
    pytest.param("return ask(input=1)[0]", "return (await ask(input=1))[0]", id="subscript"),
    pytest.param("return ask(input=1)()", "return (await ask(input=1))()", id="called"),
    pytest.param("return options[ask(input=1).id]", "return options[(await ask(input=1)).id]", id="index"),
    pytest.param("return options[ask(input=1)]", "return options[await ask(input=1)]", id="bare-index"),
    pytest.param(
        "return options[ask(input=1).id:ask(input=2).id]",
        "return options[(await ask(input=1)).id:(await ask(input=2)).id]",
        id="slice",
    ),
    pytest.param("return print(ask(input=1), sep='')", "return print(await ask(input=1), sep='')", id="argument"),
    pytest.param("return print(end=ask(input=1))", "return print(end=await ask(input=1))", id="keyword-argument"),
    pytest.param("return print(*ask(input=1).output)", "return print(*(await ask(input=1)).output)", id="starred"),
    pytest.param("return print(*ask(input=1))", "return print(*await ask(input=1))", id="bare-starred"),
    pytest.param("return dict(**ask(input=1))", "return dict(**await ask(input=1))", id="double-starred"),
    pytest.param("return not ask(input=1)", "return not await ask(input=1)", id="not"),
    pytest.param("return -ask(input=1)", "return -await ask(input=1)", id="minus"),
    pytest.param("return ask(input=1) ** 2", "return await ask(input=1) ** 2", id="power"),
    pytest.param("return 2 ** ask(input=1)", "return 2 ** await ask(input=1)", id="exponent"),
    pytest.param(
        "return ask(input=1) == ask(input=2) != 3",
        "return await ask(input=1) == await ask(input=2) != 3",
        id="comparison",
    ),
    pytest.param("return ask(input=1) or None", "return await ask(input=1) or None", id="or"),
    pytest.param(
        "return ask(input=1) if flag else None", "return await ask(input=1) if flag else None", id="conditional"
    ),
    pytest.param("return 1 if ask(input=1) else 2", "return 1 if await ask(input=1) else 2", id="condition"),
    pytest.param("return(ask(input=1))", "return(await ask(input=1))", id="no-space-before-the-parenthesis"),
    pytest.param("return[ask(input=1)]", "return[await ask(input=1)]", id="no-space-before-the-bracket"),
    pytest.param("x = y = ask(input=1)", "x = y = await ask(input=1)", id="assigned-twice"),
    pytest.param("x: object = ask(input=1)", "x: object = await ask(input=1)", id="annotated-assignment"),
    pytest.param("prompt += ask(input=1).output_text", "prompt += (await ask(input=1)).output_text", id="augmented"),
    pytest.param("options[ask(input=1).id] = 1", "options[(await ask(input=1)).id] = 1", id="target"),
    pytest.param("del options[ask(input=1).id]", "del options[(await ask(input=1)).id]", id="deleted"),
    pytest.param("assert ask(input=1), ask(input=2)", "assert await ask(input=1), await ask(input=2)", id="assert"),
    pytest.param("raise ValueError(ask(input=1))", "raise ValueError(await ask(input=1))", id="raise"),
    pytest.param("yield ask(input=1)", "yield await ask(input=1)", id="yielded"),
    pytest.param("x = (y := ask(input=1))", "x = (y := await ask(input=1))", id="walrus"),
    pytest.param("x = {ask(input=1).id: ask(input=2)}", "x = {(await ask(input=1)).id: await ask(input=2)}", id="dict"),
    pytest.param("x = {ask(input=1), 2}", "x = {await ask(input=1), 2}", id="set"),
    pytest.param("x = lambda y=ask(input=1): y", "x = lambda y=await ask(input=1): y", id="default-of-a-lambda"),
    pytest.param(
        "x = [ask(input=y) for y in prompts if ask(input=y)]",
        "x = [await ask(input=y) for y in prompts if await ask(input=y)]",
        id="comprehension",
    ),
    pytest.param(
        "x = {y: ask(input=y).id for y in prompts}",
        "x = {y: (await ask(input=y)).id for y in prompts}",
        id="dict-comprehension",
    ),
    pytest.param(
        "x = list(y for y in ask(input=1).output)",
        "x = list(y for y in (await ask(input=1)).output)",
        id="source-of-a-generator-expression",
    ),
    pytest.param("if ask(input=1): pass", "if await ask(input=1): pass", id="if"),
    pytest.param(
        "if flag:\n        pass\n    elif ask(input=1):\n        pass",
        "if flag:\n        pass\n    elif await ask(input=1):\n        pass",
        id="elif",
    ),
    pytest.param("while ask(input=1): pass", "while await ask(input=1): pass", id="while"),
    pytest.param(
        "for x in ask(input=1).output: ask(input=x)",
        "for x in (await ask(input=1)).output: await ask(input=x)",
        id="for",
    ),
    pytest.param(
        "with open(ask(input=1).id) as x: ask(input=x)",
        "with open((await ask(input=1)).id) as x: await ask(input=x)",
        id="with",
    ),
    pytest.param(
        "match ask(input=1):\n        case x if ask(input=x): pass",
        "match await ask(input=1):\n        case x if await ask(input=x): pass",
        id="match",
    ),
    pytest.param(
        "try: ask(input=1)\n    except KeyError: ask(input=2)\n    else: ask(input=3)\n    finally: ask(input=4)",
        "try: await ask(input=1)\n    except KeyError: await ask(input=2)\n    else: await ask(input=3)\n"
        "    finally: await ask(input=4)",
        id="try",
    ),
    pytest.param(
        "try: pass\n    except ask(input=1).error: pass",
        "try: pass\n    except (await ask(input=1)).error: pass",
        id="except",
    ),
    pytest.param(
        "def inner(x=ask(input=1)): return x\n    return inner",
        "def inner(x=await ask(input=1)): return x\n    return inner",
        id="default-of-a-nested-function",
    ),
    pytest.param(
        "@ask(input=1).wrap\n    def inner(): pass",
        "@(await ask(input=1)).wrap\n    def inner(): pass",
        id="decorator",
    ),
    pytest.param("ask(input=1); ask(input=2); x = 1", "await ask(input=1); await ask(input=2); x = 1", id="semicolons"),
    pytest.param("x = 1 + \\\n  ask(input=1)", "x = 1 + \\\n  await ask(input=1)", id="backslash"),
    pytest.param(
        "x = (\n      # first\n      ask(  # why\n        input=1)  # then\n      # last\n    )",
        "x = (\n      # first\n      await ask(  # why\n        input=1)  # then\n      # last\n    )",
        id="comments-on-every-line",
    ),
    pytest.param(
        "x = (ask\n         (input=1).output_text)",
        "x = ((await ask\n         (input=1)).output_text)",
        id="broken-lines",
    ),
    pytest.param(
        "x = (client\n         .responses\n         .create(input=1)\n         .output_text)",
        "x = ((await client\n         .responses\n         .create(input=1))\n         .output_text)",
        id="chain-of-lines",
    ),
    pytest.param(
        'x = f"{prompt}: {ask(input=1).output_text!r:>10}"',
        'x = f"{prompt}: {(await ask(input=1)).output_text!r:>10}"',
        id="f-string",
    ),
    pytest.param(
        'x = f"{prompt}: {ask(input=1)}"',
        'x = f"{prompt}: {await ask(input=1)}"',
        id="f-string-bare",
    ),
    pytest.param(
        'x = "é" f"é{ask(input=1).id}" f"{1}"',
        'x = "é" f"é{(await ask(input=1)).id}" f"{1}"',
        id="f-string-in-parts-behind-wide-text",
    ),
    pytest.param(
        "return not(ask(input=1) if flag else 2)", "return not(await ask(input=1) if flag else 2)", id="tight-not"
    ),
    pytest.param("return 1if ask(input=1)else 2", "return 1if await ask(input=1)else 2", id="tight-condition"),
    pytest.param(
        "return 1if[ask(input=1).id]else[*ask(input=ask(input=2).id)]",
        "return 1if[(await ask(input=1)).id]else[*await ask(input=(await ask(input=2)).id)]",
        id="tight-lists",
    ),
    pytest.param(
        "return not(f'{ask(input=1).id}' if flag else 2)",
        "return not(f'{(await ask(input=1)).id}' if flag else 2)",
        id="tight-f-string",
    ),
    pytest.param(
        "x = ask(input=ask(input=ask(input=1).id).id).id",
        "x = (await ask(input=(await ask(input=(await ask(input=1)).id)).id)).id",
        id="call-in-a-call-in-a-call",
    ),
]


@pytest.mark.parametrize(("before", "after"), POSITIONS)
def test_an_await_in_every_place(before: str, after: str) -> None:
    check_transformed(
        f"{HEAD.format(cls='OpenAI')}    {before}\n", f"{HEAD.format(cls='AsyncOpenAI')}    {after}\n", "async-client"
    )


def test_a_long_f_string_over_lines() -> None:
    """Columns inside f-strings are wrong before Python 3.12: exact or left, never a guess."""
    check_transformed(
        HEAD.format(cls="OpenAI") + '    return f"""é\n  {prompt}\n  {ask(input=1).output_text}\n"""\n',
        HEAD.format(cls="AsyncOpenAI") + '    return f"""é\n  {prompt}\n  {(await ask(input=1)).output_text}\n"""\n',
        "async-client",
    )


def test_files_that_need_nothing_are_not_looked_at_twice() -> None:
    check_noop({"a.py": b"x = 1\r\n", "b.py": b"from openai import OpenAI\r\rclient = OpenAI()", "c.py": b"\xff\xfe"})


def test_one_statement_on_a_line_with_its_function() -> None:
    check_transformed(
        "from openai import OpenAI\n\nasync def f(): return OpenAI().responses.create(input=1)\n",
        "from openai import AsyncOpenAI\n\nasync def f(): return await AsyncOpenAI().responses.create(input=1)\n",
        "async-client",
    )


def test_a_file_whose_encoding_lacks_nothing_stays_in_it() -> None:
    head = b"# coding: cp1252\n# \x80\n"
    check_transformed(
        head + filled(BEFORE, "\u201c").encode("cp1252"),
        head + filled(AFTER, "\u201c").encode("cp1252"),
        "async-client",
    )


def test_an_await_that_breaks_a_sum_is_not_put_in() -> None:
    check_left(
        HEAD.format(cls="OpenAI") + "    return tally(ask(input=x).id for x in prompts)  # obstacle\n",
        "generator expression",
        "async-client",
    )


AWAITED_SUM = "\n\nasync def f(xs):\n    return sum((await client.embeddings.create(input=x)).data[0] for x in xs)\n"


def test_a_sum_beside_a_star_import_of_the_program_reads_a_list() -> None:
    client = "from openai import OpenAI\n\nclient = OpenAI()\n"
    main = f"from llm import *\n{AWAITED_SUM}"
    after = {
        "llm.py": "from openai import AsyncOpenAI, OpenAI\n\nclient = AsyncOpenAI()\n",
        "main.py": main.replace("sum(", "sum([").replace(" in xs)", " in xs])"),
    }
    check_transformed({"llm.py": client, "main.py": main}, after, "async-client")


@pytest.mark.parametrize("strategy", ["async-client", "to-thread"])
@pytest.mark.parametrize("source", [pytest.param("numpy", id="elsewhere"), pytest.param("tally", id="here")])
def test_a_sum_that_a_star_import_may_bind_is_left(source: str, strategy: Strategy) -> None:
    code = f"from openai import OpenAI\nfrom {source} import *\n\nclient = OpenAI()\n{AWAITED_SUM}"
    files = {"tally.py": "def sum(xs):\n    return 0\n", "main.py": code.replace("in xs)", "in xs)  # obstacle")}
    check_left(files, "may not be Python's own", strategy)
