"""What other programs are told: webhooks, signed and tried again until they arrive or are given up."""
