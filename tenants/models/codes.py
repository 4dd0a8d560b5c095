from django.db import models


class SignInCode(models.Model):
    """How often a mailed sign-in code was guessed at. The code itself is not here."""

    key = models.CharField(max_length=64, primary_key=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.attempts} guesses since {self.asked_at:%H:%M:%S}"
