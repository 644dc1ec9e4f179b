"""Recipes that failed once, each with what went wrong then."""

from __future__ import annotations

from properties.programs import Recipe, Use

CASES = {
    "an async call named by := and used as its answer was not found": Recipe(
        "module_client", (Use("walrus", "async_route"),), "AsyncOpenAI"
    ),
    "a stream named by := was awaited, and its plain for was not found": Recipe(
        "module_client", (Use("walrus_stream", "async_route"),), "AsyncOpenAI"
    ),
    "a stream named by := where it is read could not move to a thread": Recipe(
        "module_client", (Use("walrus_iterated", "async_route"),)
    ),
    "a call named by := whose name is awaited was awaited twice": Recipe(
        "module_client", (Use("awaited_walrus", "async_route"),)
    ),
    "a file was not read where a comment stands between state and the attribute": Recipe(
        "app_state",
        (Use("embeddings", "async_helper_return"),),
        layout="flat",
        dresses=frozenset({"comments-in-brackets"}),
    ),
    "an answer that is awaited instead of the call was awaited still": Recipe(
        "module_client", (Use("responses", "async_route", "late"),)
    ),
    "a page that is read in one expression with an await too late was awaited still": Recipe(
        "module_client", (Use("page_data", "async_route", "late"),)
    ),
    "what joins a generator with an await in it could not read it": Recipe(
        "module_client", (Use("generator_in_join", "async_route", "awaited"),)
    ),
    "what sums a generator with an await in it could not read it beside a star import": Recipe(
        "module_client", (Use("generator_in_sum", "async_helper_return", "awaited"),), layout="star"
    ),
    "a line that ends behind lambda was more than libcst can read": Recipe(
        "module_client", (Use("responses", "lambda_key"),), dresses=frozenset({"comments-everywhere"})
    ),
    "the comments in a call of asyncio.run were lost with it": Recipe(
        "module_client",
        (Use("asyncio_run", "async_route"),),
        "AsyncOpenAI",
        dresses=frozenset({"comments-in-brackets"}),
    ),
}
