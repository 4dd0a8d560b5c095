"""Everything that talks to an applicant tracking system or to Appcast, and the rows that record it."""
