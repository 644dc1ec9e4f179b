"""A project whose report has one of everything, with hostile names and code, and the page that the tool makes of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tools import tree

if TYPE_CHECKING:
    from pathlib import Path

# Runs if any of it gets out of its quotes: as an element, in an attribute, in a script.
HOSTILE = "</script></style></title>\"'><img src=x onerror=alert(1)><script>alert(2)</script>"
HOSTILE_NAME = "\"'><img src=x onerror=alert(3)>\x1b[31m\u202egnp.py"

FILES = {
    "pyproject.toml": "",
    "main.py": """\
        import anyio
        from fastapi import FastAPI
        from openai import OpenAI

        from llm import complete

        app = FastAPI()
        client = OpenAI()


        @app.post("/chat")
        async def chat(prompt: str) -> str:
            answer = client.responses.create(model="m", input=prompt)
            return answer.output_text


        @app.post("/ask")
        async def ask(prompt: str) -> str:
            return complete(prompt)


        @app.post("/later")
        async def later(prompt: str) -> str:
            await anyio.sleep(0)
            return complete(prompt)
        """,
    "llm.py": """\
        from openai import OpenAI

        shared = OpenAI()


        def complete(prompt: str) -> str:
            return request(prompt).output_text


        # far
        # from
        # the
        # other
        # lines


        def request(prompt: str):
            return shared.responses.create(model="m", input=prompt)


        class Answer:
            @property
            def text(self) -> str:
                return complete("")


        async def read(answer: Answer) -> str:
            return answer.text
        """,
    "label_all.py": """\
        from llm import complete

        print(complete("label"))
        """,
    "broken.py": "import openai\ndef broken(:\n",
    HOSTILE_NAME: f"""\
        from openai import OpenAI

        client = OpenAI()


        async def hostile(x):
            # {HOSTILE} \u202e \x1b[31m
            return client.responses.create(model={HOSTILE!r}, input=x)
        """,
}


def report(folder: Path, *options: str) -> Path:
    """Run the tool on the project, as a user does."""
    project = tree(folder / "project", FILES)
    page = folder / "report.html"
    command = [sys.executable, "-m", "fixopenai", "--output-format", "html", "--output-file", str(page), *options]
    run = subprocess.run([*command, str(project)], capture_output=True, text=True)
    assert run.returncode == 2, run.stderr  # one file cannot be parsed
    assert page.exists(), run.stderr
    return page
