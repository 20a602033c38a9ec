"""Trading hours: when a calendar's instruments open and close, as turns that are journaled."""
