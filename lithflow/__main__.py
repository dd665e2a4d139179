"""``python -m lithflow``: the command line."""

from lithflow.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
