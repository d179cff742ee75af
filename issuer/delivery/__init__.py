"""How a badge reaches the person who earned it: mails, claim links, printed letters, and what became of each."""
