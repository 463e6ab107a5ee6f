"""The edge of HTTP: who calls, what may be called, how bodies are read and how errors are worded."""
