"""How a command ends that could not do what it was asked."""


class Failed(SystemExit):
    """Ends the process with code 1; the message is one sentence with what was expected."""
