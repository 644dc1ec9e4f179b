"""A client that is made of `**options`: what they hold decides whether it can become async."""

from __future__ import annotations

import pytest
from tools import check_left, check_transformed

HEAD = """\
import os

import httpx
from openai import OpenAI

{options}
client = OpenAI(**options)


async def answer(prompt):
    return client.responses.create(model="m", input=prompt)
"""


@pytest.mark.parametrize(
    "options",
    [
        pytest.param("options = {'api_key': os.environ['KEY'], 'timeout': 5}", id="display"),
        pytest.param("options = dict(api_key='x', max_retries=2)", id="dict"),
        pytest.param("options = {'api_key': 'x'} if os else {'api_key': None}", id="choice"),
        pytest.param("defaults = {'timeout': 5}\noptions = {**defaults, 'api_key': 'x'}", id="unpacked"),
        pytest.param("options = {'api_key': 'x'}\nif os:\n    options['base_url'] = 'y'", id="key"),
        pytest.param("options = {'api_key': 'x'}\noptions.update(base_url='y')", id="update-by-keyword"),
        pytest.param("options = {'api_key': 'x'}\noptions.update({'base_url': 'y'})", id="update-by-a-dict"),
        pytest.param("options = {'api_key': 'x'}\noptions |= {'base_url': 'y'}", id="joined"),
        pytest.param("options = {'api_key': 'x'}\noptions.setdefault('timeout', 5)", id="default"),
        pytest.param("options = {'api_key': 'x'}\nprint(options, len(options), options['api_key'])", id="shown"),
        pytest.param("options = {'api_key': 'x'}\noptions.update(options)\noptions |= options", id="itself"),
        pytest.param("options = {}\nother = {}\nother.update(options)\noptions.update(other)", id="in-a-circle"),
        pytest.param("options = {'http_client': None}\noptions.pop('http_client')", id="none"),
    ],
)
def test_they_hold_nothing_that_has_a_colour(options: str) -> None:
    before = HEAD.format(options=options)
    after = before.replace("OpenAI", "AsyncOpenAI").replace("return client", "return await client")
    check_transformed(before, after, by="async-client")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        pytest.param("options = {'http_client': httpx.Client()}  # obstacle", "`http_client=`", id="display"),
        pytest.param("options = {}\noptions['http_client'] = httpx.Client()  # obstacle", "`http_client=`", id="key"),
        pytest.param("options = {'api_key': lambda: 'x'}  # obstacle", "`api_key=` is a function", id="key-function"),
        pytest.param(
            "options = {'azure_ad_token_provider': os.environ}  # obstacle", "`azure_ad_token_provider=`", id="tokens"
        ),
    ],
)
def test_they_hold_what_would_have_to_become_async(options: str, reason: str) -> None:
    check_left(HEAD.format(options=options), reason, "async-client")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param("options = dict(os.environ)", id="copy"),
        pytest.param("options = {}\noptions[os.name] = 1", id="any-key"),
        pytest.param("options = {}\noptions.update(os.environ)", id="any-keys"),
        pytest.param("options = {}\noptions |= os.environ", id="joined-with-any"),
        pytest.param("options = {}\nother = options\nother['http_client'] = httpx.Client()", id="another-name"),
        pytest.param(
            "def more(found):\n    found['http_client'] = httpx.Client()\n\n\noptions = {}\nmore(options)",
            id="handed-on",
        ),
        pytest.param(
            "options = {}\n\n\ndef more(o=options):\n    o['http_client'] = httpx.Client()\n\n\nmore()", id="default"
        ),
        pytest.param("options = {}\nmatch options:\n    case o:\n        o['http_client'] = 1", id="captured"),
        pytest.param("options = {}\nothers = {'x': options}\nothers['x']['http_client'] = 1", id="in-another-dict"),
        pytest.param("options = {}\nadd = options.setdefault\nadd('http_client', httpx.Client())", id="bound-method"),
        pytest.param("options = {}\noptions['timeout'], x = 1, 2", id="one-of-several-targets"),
    ],
)
def test_what_they_hold_is_unknown(options: str) -> None:
    before = HEAD.format(options=options).replace("OpenAI(**options)", "OpenAI(**options)  # obstacle")
    check_left(before, "the arguments may hold an `http_client`", "async-client")
