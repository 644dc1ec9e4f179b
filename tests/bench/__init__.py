"""A bench that really serves fixture projects: uvicorn, the real openai SDK, and a local API that answers late."""
