from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant


class EndForm(forms.Form):
    """The company's name, typed by whoever means it."""

    name = forms.CharField(
        label=_("The name of your company, to confirm"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the name of your company.")},
    )

    def __init__(self, tenant: Tenant, data: Any = None) -> None:
        super().__init__(data)
        self.tenant = tenant
        self.fields["name"].help_text = gettext("Type “%(name)s”.") % {"name": tenant.name}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if " ".join(name.split()).casefold() != " ".join(self.tenant.name.split()).casefold():
            raise ValidationError(
                gettext("Expected “%(expected)s”; got “%(received)s”.")
                % {"expected": self.tenant.name, "received": name[:80]}
            )
        return name
