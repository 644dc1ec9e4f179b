"""Which files are read further, decided on their bytes: none that matters may be missed."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING

import pytest
from tools import check_findings, tree

from fixopenai.migration import migrate
from fixopenai.prefilter import NameFilter, imports_sdk
from fixopenai.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"import openai\n", id="import"),
        pytest.param(b"import openai", id="no-newline"),
        pytest.param(b"x = 1\nimport openai as ai\n", id="alias"),
        pytest.param(b"import os, openai\n", id="in-a-list"),
        pytest.param(b"import os as o,openai as ai\n", id="in-a-list-of-aliases"),
        pytest.param(b"import openai.types\n", id="submodule"),
        pytest.param(b"from openai import OpenAI\n", id="from"),
        pytest.param(b"from  openai  import OpenAI\n", id="two-spaces"),
        pytest.param(b"from\topenai\timport\tOpenAI\n", id="tabs"),
        pytest.param(b"from openai.types.chat import ChatCompletion\n", id="from-submodule"),
        pytest.param(b"def f():\n    from openai import OpenAI\n", id="in-a-function"),
        pytest.param(b"try: from openai import OpenAI\nexcept ImportError: pass\n", id="behind-a-colon"),
        pytest.param(b"x = 1; import openai\n", id="behind-a-semicolon"),
        pytest.param(b"import os; import openai\n", id="behind-another-import"),
        pytest.param(b"x = 1\r\nfrom openai import OpenAI\r\n", id="crlf"),
        pytest.param(b"x = 1\rfrom openai import OpenAI\r", id="lone-cr"),
        pytest.param(b"\x0cfrom openai import OpenAI\n", id="form-feed"),
        pytest.param(BOM_UTF8 + b"from openai import OpenAI\n", id="bom"),
        pytest.param(BOM_UTF8 + b"import openai\n", id="bom-and-import"),
        pytest.param(b"from \\\n    openai import OpenAI\n", id="broken-line"),
        pytest.param(b"import os, \\\n    openai\n", id="broken-list"),
        pytest.param(b"from langfuse.openai import OpenAI\n", id="stand-in"),
        pytest.param(b"from langfuse.openai import openai\n", id="stand-in-for-the-module"),
    ],
)
def test_an_import_of_the_sdk_is_seen(data: bytes) -> None:
    compile(data, "main.py", "exec")
    assert imports_sdk(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"import os\n", id="another"),
        pytest.param(b"# openai\n", id="comment"),
        pytest.param(b"x = 'openai'\n", id="string"),
        pytest.param(b"import openai_tools\n", id="longer-name"),
        pytest.param(b"from openai_tools import x\n", id="from-longer-name"),
        pytest.param(b"from .openai import client\n", id="relative"),
        pytest.param(b"import os  # not openai\n", id="comment-behind-an-import"),
    ],
)
def test_other_files_are_passed_over(data: bytes) -> None:
    assert not imports_sdk(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"from app.llm import client\n", True, id="module-and-name"),
        pytest.param(b"from app import llm\nllm.client\n", True, id="apart"),
        pytest.param(b"from app.llm import other\n", False, id="another-name"),
        pytest.param(b"client = 1\n", False, id="name-without-the-module"),
        pytest.param(b"from app.llms import client\n", False, id="another-module"),
        pytest.param(b"from . import shared\n", True, id="from-the-package"),
        pytest.param(b"shared = 1\n", False, id="name-of-the-package-elsewhere"),
        pytest.param(b"request.app.state.openai\n", True, id="state"),
        pytest.param(b"getattr(request.app.state, 'openai')\n", True, id="state-with-getattr"),
        pytest.param(b"request.app.state.other\n", False, id="other-state"),
        pytest.param(b"openai\n", False, id="no-state"),
    ],
)
def test_names_that_lead_to_a_client(data: bytes, expected: bool) -> None:
    wanted = NameFilter({"llm": {"client"}, "": {"shared"}}, {"openai"})
    assert wanted.matches(data) is expected


def test_files_that_cannot_matter_are_not_parsed(tmp_path: Path) -> None:
    """They may even be broken: nobody asked for them."""
    tree(
        tmp_path,
        {
            "llm.py": "from openai import OpenAI\n\nclient = OpenAI()\n",
            "main.py": "from llm import client\n\n\nasync def f():\n    client.responses.create(model='m')\n",
            "broken.py": "def f(:\n",
            "models.py": "class User:\n    client = None\n",
        },
    )
    result = migrate([tmp_path], Settings())
    assert (result.files_seen, result.files_analyzed) == (4, 2)
    assert result.errors == ()
    assert len(result.outcomes) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_way_to_a_client_over_three_files(encoding: str) -> None:
    files = {
        "llm.py": "from openai import OpenAI\n\nclient = OpenAI()\n",
        "services.py": "import llm\n\n\nclass Services:\n    def __init__(self):\n        self.main = llm.client\n",
        "wiring.py": "from services import Services\n\nwired = Services()\n",
        "main.py": "from wiring import wired\n\nasync def f():\n    wired.main.responses.create(model='m')  # FOA002\n",
    }
    check_findings({name: text.encode(encoding) for name, text in files.items()})
