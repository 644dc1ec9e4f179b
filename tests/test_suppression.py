"""Comments that silence, in every form and on every line of a statement, and those that only look like it."""

from __future__ import annotations

import pytest
from tools import check_findings, check_noop

from fixopenai.suppression import skips_file

TEMPLATE = """\
from openai import OpenAI

client = OpenAI()


async def answer():
    return client.responses.create(model="m", input="x")  {comment}
"""


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("# noqa", id="blanket"),
        pytest.param("#noqa", id="without-a-space"),
        pytest.param("#  NoQA", id="any-case"),
        pytest.param("# noqa: FOA002", id="code"),
        pytest.param("# noqa:FOA002", id="code-without-a-space"),
        pytest.param("# noqa: foa002", id="code-in-lower-case"),
        pytest.param("# noqa: E501, FOA002", id="among-others"),
        pytest.param("# noqa: E501 FOA002", id="among-others-without-a-comma"),
        pytest.param("# noqa: FOA002 - it is a script", id="with-a-reason"),
        pytest.param("# noqa: FOA002  # it is a script", id="with-another-comment"),
        pytest.param("# why: # noqa: FOA002", id="behind-another-comment"),
        pytest.param("# fixopenai: ignore", id="own-blanket"),
        pytest.param("# fixopenai: ignore[FOA002]", id="own-code"),
        pytest.param("# fixopenai:ignore[FOA001,FOA002]", id="own-codes"),
        pytest.param("# fixopenai: ignore[ foa002 ] on purpose", id="own-code-in-lower-case"),
        pytest.param("# type: ignore  # fixopenai: ignore[FOA002]", id="own-behind-another-comment"),
        pytest.param("# noqa: E501  # fixopenai: ignore[FOA002]", id="own-behind-a-noqa-for-another"),
    ],
)
def test_silenced(comment: str) -> None:
    check_noop(TEMPLATE.replace("{comment}", comment))


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("# noqa: E501", id="another-code"),
        pytest.param("# noqa: FOA001", id="another-rule"),
        pytest.param("# noqa: FOA0022", id="longer-code"),
        pytest.param("# fixopenai: ignore[FOA001]", id="own-for-another-rule"),
        pytest.param("# fixopenai: ignore[]", id="own-for-none"),
        pytest.param("# noqable", id="another-word"),
        pytest.param("# no qa", id="two-words"),
        pytest.param("# type: ignore", id="for-type-checkers"),
        pytest.param("# fixopenai: skip-file", id="skip-file-behind-code"),
    ],
)
def test_not_silenced(comment: str) -> None:
    source = TEMPLATE.replace("{comment}", comment)
    check_findings({"main.py": source.replace(comment, f"{comment}  # FOA002")})


LINES = [
    pytest.param("    return client.responses.create(  {comment}\n        model='m',\n    )\n", id="first"),
    pytest.param("    return client.responses.create(\n        model='m',  {comment}\n    )\n", id="middle"),
    pytest.param("    return client.responses.create(\n        model='m',\n    )  {comment}\n", id="last"),
    pytest.param("    return print(\n        client.responses.create(model='m'),\n    )  {comment}\n", id="around-it"),
    pytest.param("    if client.responses.create(\n        model='m',\n    ):  {comment}\n        pass\n", id="header"),
]


@pytest.mark.parametrize("statement", LINES)
@pytest.mark.parametrize("comment", ["# noqa: FOA002", "# fixopenai: ignore[FOA002]"])
def test_on_any_line_of_the_statement(statement: str, comment: str) -> None:
    head = "from openai import OpenAI\n\nclient = OpenAI()\n\n\nasync def answer():\n"
    check_noop(head + statement.replace("{comment}", comment))


def test_not_on_the_lines_of_another_statement() -> None:
    check_findings(
        """\
        from openai import OpenAI

        client = OpenAI()  # noqa


        async def answer():  # noqa
            # noqa
            if client.responses.create(model="m", input="x"):  # FOA002
                return 1  # noqa
            else:  # noqa
                return 2  # noqa
        # noqa
        """
    )


def test_text_that_reads_like_a_comment_silences_nothing() -> None:
    check_findings(
        """\
        from openai import OpenAI

        client = OpenAI()


        async def answer():
            return client.responses.create(model="m", input="# noqa: FOA002")  # FOA002
        """
    )


@pytest.mark.parametrize(
    "line",
    ["# fixopenai: skip-file", "#fixopenai:skip-file", "    # FixOpenAI: Skip-File because it is generated"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_a_file_takes_itself_out(line: str, newline: str) -> None:
    source = TEMPLATE.replace("{comment}", "").replace("async def", f"{line}\nasync def")
    assert skips_file(source)
    check_noop(source.replace("\n", newline).encode())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x = 1  # fixopenai: skip-file\n", id="behind-code"),
        pytest.param("# fixopenai: skip-files\n", id="another-word"),
        pytest.param("# see fixopenai: skip-file\n", id="in-a-sentence"),
        pytest.param("", id="empty"),
    ],
)
def test_a_file_stays_in(text: str) -> None:
    assert not skips_file(text)


def test_a_docstring_that_speaks_of_it_takes_nothing_out() -> None:
    check_findings(
        '''\
        """How to take a file out:

        # fixopenai: skip-file
        """

        from openai import OpenAI


        async def answer():
            return OpenAI().responses.create(model="m", input="x")  # FOA002
        '''
    )
