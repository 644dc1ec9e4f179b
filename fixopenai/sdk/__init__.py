"""The OpenAI SDK's surface as data: its sync types beside their async twins.

`surface.json` is generated (`python -m fixopenai.sdk.generator`), `legacy.py` is written by hand, and `surface.py`
loads both. The SDK itself is imported by the generator only, never by the tool.
"""
