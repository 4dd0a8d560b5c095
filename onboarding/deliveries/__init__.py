"""Applications on their way into the ATS, as customers and Customer Success see them."""
