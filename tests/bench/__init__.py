"""The benchmark: `python -m tests.bench`. What it measured last, and on what, stands in docs/performance.md."""
