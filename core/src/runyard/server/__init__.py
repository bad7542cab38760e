"""What a server lends to the sub-applications that plugins mount in it."""
