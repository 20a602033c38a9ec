"""`python -m openoutcry`: the same as the command `openoutcry`."""

from openoutcry.cli.main import main

main()
