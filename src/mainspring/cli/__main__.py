"""`python -m mainspring.cli`, for where the `mainspring` script is not on the path."""

from mainspring.cli import main

main()
