"""What is done: look, decide, plan, act, look again."""
