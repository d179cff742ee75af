"""What the learner takes home, drawn from the signed credential: the certificate as PDF, the badge as picture."""
