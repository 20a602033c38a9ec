"""`python -m openoutcry`: the same as the command `openoutcry`."""

from openoutcry.cli import main

main()
