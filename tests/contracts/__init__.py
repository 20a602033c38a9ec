"""What every implementation of a port must do, whichever it is."""
