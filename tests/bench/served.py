"""Inside the served process: the project's app on uvicorn, a stall meter on its loop, and the bench's control line.

The control line is a socket of its own, read by a thread: the app's routes and its loop stay as they are.
It says the port when there is one, then answers `reset` and `stall`; when the bench hangs up, the server shuts down.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import traceback
from pathlib import Path

import uvicorn
from uvicorn.importer import import_from_string

from bench.job import Job
from bench.stall_meter import StallMeter

BENCH_ROOT = Path(__file__).resolve().parents[1]


def serve(job: Job) -> None:
    """Serve until the bench hangs up. Whatever goes wrong before that ends up in the log and closes the line."""
    with socket.create_connection(("127.0.0.1", job.control_port)) as line:
        _redirect_output(job.log)
        os.chdir(job.folder)
        os.environ.update(job.environment)
        sys.dont_write_bytecode = True
        sys.path[:] = [job.folder, *(entry for entry in sys.path if Path(entry or ".").resolve() != BENCH_ROOT)]
        try:
            asyncio.run(_serve(job.app, line))
        except BaseException:
            # The bench reads the log as soon as the line is closed.
            traceback.print_exc()
            raise SystemExit(1) from None


async def _serve(app: str, line: socket.socket) -> None:
    project = import_from_string(app)
    config = uvicorn.Config(project, log_level="warning", lifespan="on", ws="websockets-sansio")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    meter = StallMeter()
    heart = asyncio.create_task(meter.beat())
    meter.start()
    port = listener.getsockname()[1]
    threading.Thread(target=_obey, args=(line, port, server, meter), name="control line", daemon=True).start()
    await server.serve(sockets=[listener])
    meter.stop()
    heart.cancel()


def _obey(line: socket.socket, port: int, server: uvicorn.Server, meter: StallMeter) -> None:
    """Connections wait in the listening socket's queue, so the port may be told before uvicorn accepts any."""
    with line.makefile("rw") as control:
        print(port, file=control, flush=True)
        for order in control:
            if order == "reset\n":
                meter.reset()
            print(meter.longest_s(), file=control, flush=True)
    server.should_exit = True


def _redirect_output(log: str) -> None:
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sys.stdout.flush()
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)


if __name__ == "__main__":
    serve(Job.from_json(sys.argv[1]))
