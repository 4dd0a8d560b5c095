from django.contrib import admin

from ..models import AuditEvent
from .reading import ReadOnlyAdmin


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin[AuditEvent]):
    list_display = ["at", "tenant", "actor_label", "action", "subject"]
    list_filter = [("at", admin.DateFieldListFilter)]
    search_fields = ["tenant__name", "actor_label", "=subject", "=action"]
    list_select_related = ["tenant"]
