"""Administration over the native API: accounts, keys, money, instruments, trades and the brakes."""
