"""Addresses of the groups app, one module per subject."""

from groups.urls.governance import urlpatterns as governance
from groups.urls.rosters import urlpatterns as rosters

app_name = "groups"
urlpatterns = [*rosters, *governance]
