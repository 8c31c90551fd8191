"""What the page on the system says, as plain data: every figure with a verdict and with what to do. Pure."""
