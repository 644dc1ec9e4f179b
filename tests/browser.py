"""A page in headless Chromium, driven through the DevTools protocol: keys, sizes, colours, what it logs and loads."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.connection import Connection

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_SECONDS = 60
_SHIFT = 8
_KEY_CODES = {"Escape": 27, "Enter": 13, "Tab": 9}


class Page:
    """One tab. `logged` and `requested` grow: what the page complained of, and the URLs it may load, by request."""

    def __init__(self, connection: Connection) -> None:
        self.logged: list[str] = []
        self.requested: dict[str, str] = {}
        self._connection = connection
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        session = {"sessionId": self._session} if self._session else {}
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters, **session}))
        while True:
            message = self._receive()
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                result: dict[str, Any] = message["result"]
                return result

    def open(self, path: Path, *, scripts: bool = True) -> None:
        """Load the file anew, to the end."""
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._loaded = False
        self.call("Page.navigate", url=path.as_uri())
        while not self._loaded:
            self._receive()

    def js(self, expression: str) -> Any:
        """The value of an expression in the page, the promise of one waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def rest(self) -> None:
        """Let the page do what it has put off."""
        self.js("new Promise(done => setTimeout(done, 100))")

    def press(self, *keys: str) -> None:
        """Keys by their names, as a keyboard sends them."""
        for key in keys:
            text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
            pressed = {"key": key, "modifiers": _SHIFT if len(key) == 1 and key.isupper() else 0}
            pressed["windowsVirtualKeyCode"] = _KEY_CODES.get(key, 0)
            self.call("Input.dispatchKeyEvent", type="keyDown", **pressed, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def look(self, *, width: int = 1440, height: int = 900, scheme: str = "light", media: str = "") -> None:
        """Size in CSS pixels, the colour scheme that the user prefers, and `print` or the screen."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(timeout=_SECONDS))
        parameters = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.requested[parameters["requestId"]] = parameters["request"]["url"]
            case "Network.loadingFailed" if parameters.get("blockedReason") == "csp":
                del self.requested[parameters["requestId"]]
            case "Log.entryAdded":
                self.logged.append(parameters["entry"]["text"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Page.javascriptDialogOpening":
                self.logged.append(json.dumps(parameters))
        return message


@contextmanager
def chromium() -> Iterator[Page]:
    """A browser of its own, with nothing kept from before."""
    assert CHROMIUM
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Root has no sandbox, and a container little shared memory.
        options = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run")
        port = ("--remote-debugging-port=0", f"--user-data-dir={profile}")
        process = subprocess.Popen(
            [CHROMIUM, *options, *port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            with connect(_address(Path(profile) / "DevToolsActivePort", process), max_size=None) as connection:
                yield Page(connection)
        finally:
            os.killpg(process.pid, 9)
            process.wait()


def _address(file: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the browser listens, as soon as it says so."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        lines = file.read_text().split() if file.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise RuntimeError(f"{CHROMIUM} did not start")
