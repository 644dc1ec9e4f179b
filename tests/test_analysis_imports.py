"""From one file to another: every way a client's module can be imported."""

from __future__ import annotations

import pytest
from tools import check_findings, check_noop, check_transformed

LLM = """\
from openai import OpenAI

client = OpenAI()


def get_client() -> OpenAI:
    return client
"""
CALL = "\n\nasync def f():\n    client.responses.create(input=1)  # FOA002\n"

IMPORTS = [
    pytest.param({"llm.py": LLM, "main.py": f"from llm import client\n{CALL}"}, id="sibling-script"),
    pytest.param(
        {"scripts/llm.py": LLM, "scripts/main.py": f"from llm import client\n{CALL}", "llm/__init__.py": ""},
        id="sibling-script-beside-another-package",
    ),
    pytest.param(
        {"app/__init__.py": "", "app/llm.py": LLM, "main.py": f"from app.llm import client\n{CALL}"}, id="package"
    ),
    pytest.param({"app/llm.py": LLM, "main.py": f"from app.llm import client\n{CALL}"}, id="namespace-package"),
    pytest.param(
        {"src/app/__init__.py": "", "src/app/llm.py": LLM, "src/app/main.py": f"from app.llm import client\n{CALL}"},
        id="src-layout",
    ),
    pytest.param(
        {"src/app/__init__.py": "", "src/app/llm.py": LLM, "scripts/main.py": f"from app.llm import client\n{CALL}"},
        id="src-layout-from-a-script",
    ),
    pytest.param(
        {
            "backend/app/__init__.py": "",
            "backend/app/llm.py": LLM,
            "backend/app/api/main.py": f"from app.llm import client\n{CALL}",
        },
        id="backend-folder",
    ),
    pytest.param(
        {"app/__init__.py": "", "app/llm.py": LLM, "app/main.py": f"from .llm import client\n{CALL}"}, id="relative"
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/core/llm.py": LLM,
            "app/api/v1/main.py": f"from ...core.llm import client\n{CALL}",
        },
        id="relative-upwards",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/llm.py": LLM,
            "app/main.py": "from . import llm\n\nasync def f():\n    llm.client.responses.create(input=1)  # FOA002\n",
        },
        id="relative-module",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/llm.py": LLM,
            "main.py": "import app.llm\n\n\nasync def f():\n    app.llm.client.responses.create(input=1)  # FOA002\n",
        },
        id="dotted-module",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/llm.py": LLM,
            "main.py": "import app.llm as x\n\n\nasync def f():\n    x.client.responses.create(input=1)  # FOA002\n",
        },
        id="module-under-an-alias",
    ),
    pytest.param(
        {
            "llm.py": LLM,
            "main.py": "from llm import client as ai\n\n\nasync def f():\n    ai.responses.create(input=1)  # FOA002\n",
        },
        id="name-under-an-alias",
    ),
    pytest.param({"llm.py": LLM, "main.py": f"from llm import *\n{CALL}"}, id="star"),
    pytest.param(
        {"llm.py": LLM, "middle.py": "from llm import *\n", "main.py": f"from middle import *\n{CALL}"}, id="stars"
    ),
    pytest.param(
        {
            "app/__init__.py": "from .llm import client\n",
            "app/llm.py": LLM,
            "main.py": f"from app import client\n{CALL}",
        },
        id="re-exported-by-init",
    ),
    pytest.param(
        {
            "app/__init__.py": "from .core import *\n",
            "app/core/__init__.py": "from .llm import client as client\n",
            "app/core/llm.py": LLM,
            "main.py": f"from app import client\n{CALL}",
        },
        id="re-exported-twice-with-a-star",
    ),
    pytest.param(
        {
            "app/__init__.py": "from .llm import client as shared\n",
            "app/llm.py": LLM,
            "main.py": "import app\n\n\nasync def f():\n    app.shared.responses.create(input=1)  # FOA002\n",
        },
        id="re-exported-under-an-alias",
    ),
    pytest.param(
        {
            "app/__init__.py": f"{LLM}",
            "app/main.py": f"from . import client\n{CALL}",
        },
        id="made-in-init",
    ),
    pytest.param(
        {
            "llm.py": LLM,
            "main.py": "async def f():\n    from llm import get_client\n\n"
            "    get_client().responses.create(input=1)  # FOA002\n",
        },
        id="imported-in-the-function",
    ),
    pytest.param(
        {
            "llm.py": LLM,
            "main.py": f"try:\n    from llm import client\nexcept ImportError:\n    client = None\n{CALL}",
        },
        id="imported-in-a-try",
    ),
    pytest.param(
        {
            "llm.py": LLM,
            "main.py": f"import sys\n\nif sys.platform:\n    from llm import client\nelse:\n    client = None\n{CALL}",
        },
        id="imported-in-an-if",
    ),
    pytest.param(
        {"llm.py": LLM, "main.py": f"from llm import get_client\n\nclient = get_client()\n{CALL}"}, id="factory-called"
    ),
    pytest.param(
        {
            "a.py": "import b\nfrom openai import OpenAI\n\nclient = OpenAI()\n",
            "b.py": "import a\n\n\nasync def f():\n    a.client.responses.create(input=1)  # FOA002\n",
        },
        id="imports-in-a-circle",
    ),
    pytest.param(
        {
            "llm.py": LLM,
            "holder.py": "import llm\n\nsettings = {'x': 1}\nai = llm.client\n",
            "main.py": "import holder as h\n\n\nasync def f():\n    h.ai.responses.create(input=1)  # FOA002\n",
        },
        id="held-by-a-third-module",
    ),
    pytest.param(
        {
            "sdk.py": "from openai import OpenAI as Client\n",
            "main.py": f"from sdk import Client\n\nclient = Client()\n{CALL}",
        },
        id="class-re-exported",
    ),
    pytest.param(
        {"sdk.py": "import openai\n", "main.py": f"from sdk import openai\n\nclient = openai.OpenAI()\n{CALL}"},
        id="module-re-exported",
    ),
    pytest.param(
        {
            "pkg-with-dash/llm.py": LLM,
            "pkg-with-dash/main.py": f"from llm import client\n{CALL}",
        },
        id="folder-that-is-no-name",
    ),
    pytest.param(
        {
            "one/llm.py": LLM,
            "one/main.py": f"from llm import client\n{CALL}",
            "two/llm.py": "client = object()\n",
            "two/main.py": "from llm import client\n\n\nasync def f():\n    client.responses.create(input=1)\n",
        },
        id="modules-of-one-name-in-two-folders",
    ),
    pytest.param(
        {
            "llm.pyi": "client: object\n",
            "llm.py": LLM,
            "main.py": f"from llm import client\n{CALL}",
        },
        id="stub-beside-it",
    ),
]


@pytest.mark.parametrize("files", IMPORTS)
def test_the_client_is_found(files: dict[str, str]) -> None:
    check_findings(files)


SDK_IMPORTS = [
    pytest.param("import openai\n\nclient = openai.OpenAI()\n", id="module"),
    pytest.param("import openai as ai\n\nclient = ai.OpenAI()\n", id="module-under-an-alias"),
    pytest.param("import os, openai\n\nclient = openai.AzureOpenAI()\n", id="among-others"),
    pytest.param("import openai.types\n\nclient = openai.OpenAI()\n", id="submodule-binds-the-module"),
    pytest.param("from openai import Client\n\nclient = Client()\n", id="other-name-of-the-class"),
    pytest.param("from openai import OpenAI as Sdk\n\nclient = Sdk()\n", id="class-under-an-alias"),
    pytest.param("from openai import *\n\nclient = OpenAI()\n", id="star"),
    pytest.param("from openai._client import OpenAI\n\nclient = OpenAI()\n", id="private-module"),
    pytest.param("from openai.lib.azure import AzureOpenAI\n\nclient = AzureOpenAI()\n", id="module-of-azure"),
    pytest.param("from langfuse.openai import OpenAI\n\nclient = OpenAI()\n", id="stand-in"),
    pytest.param("from langfuse.openai import openai\n\nclient = openai.OpenAI()\n", id="stand-in-for-the-module"),
    pytest.param("import openai as client\n", id="module-as-the-client"),
    pytest.param(
        "try:\n    import openai\nexcept ImportError:\n    openai = None\n\nclient = openai.OpenAI()\n", id="try"
    ),
    pytest.param("import openai\n\nSdk = openai.OpenAI\nclient = Sdk()\n", id="class-under-another-name"),
    pytest.param("import openai\n\nai = openai\nclient = ai.OpenAI()\n", id="module-under-another-name"),
]


@pytest.mark.parametrize("head", SDK_IMPORTS)
def test_the_sdk_is_known_however_it_is_imported(head: str) -> None:
    check_findings(head + CALL)


NOT_OURS = [
    pytest.param(
        {"llm.py": LLM, "main.py": "from .llm import other\n\n\nasync def f():\n    other.responses.create()\n"},
        id="another-name",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/llm.py": LLM,
            "main.py": "from installed.llm import client\n\n\nasync def f():\n    client.responses.create()\n",
        },
        id="module-of-an-installed-package",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/agents/__init__.py": LLM,
            "app/tools.py": "from agents import client\n\n\nasync def f():\n    client.responses.create()\n",
        },
        id="agents-sdk-beside-a-part-of-that-name",
    ),
    pytest.param(
        {
            "llm.py": f"__all__ = ['get_client']\n{LLM}",
            "main.py": "from llm import *\n\n\nasync def f(client=None):\n    client.responses.create()\n",
        },
        id="parameter-instead-of-the-star",
    ),
]


@pytest.mark.parametrize("files", NOT_OURS)
def test_other_things_are_not_found(files: dict[str, str]) -> None:
    check_noop(files)


def test_a_file_that_cannot_be_parsed_hides_only_itself() -> None:
    files = {
        "llm.py": LLM,
        "main.py": f"from llm import client\n{CALL}",
        "other.py": "from nowhere import client\nfrom llm import nothing\nimport missing.module\n",
    }
    check_findings(files)


def test_the_twin_is_imported_beside_a_class_that_comes_through_the_program() -> None:
    check_transformed(
        {
            "app/__init__.py": "",
            "app/sdk.py": "from openai import OpenAI\n\n__all__ = ['OpenAI']\n",
            "app/main.py": """\
                from app.sdk import OpenAI

                client = OpenAI()


                async def f():
                    client.responses.create(input=1)
                """,
        },
        {
            "app/main.py": """\
                from openai import AsyncOpenAI

                client = AsyncOpenAI()


                async def f():
                    await client.responses.create(input=1)
                """,
        },
        "async-client",
    )
