"""``python -m yihu`` is the ``yihu`` command."""

from yihu.cli import main

main()
