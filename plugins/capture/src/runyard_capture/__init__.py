"""What every run says of itself: user, script, git state, packages, host."""
