"""What a saved model is: its files, its environment, its code and what it accepts."""
