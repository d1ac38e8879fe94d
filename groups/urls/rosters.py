"""Addresses of rosters."""

from django.urls import URLPattern, path

from groups.views import bulk, doors, duplicates, gaps, imports, member_lists, rosters

urlpatterns: list[URLPattern] = [
    path("ho-dan/", rosters.HouseholdListView.as_view(), name="households"),
    path("ho-dan/xuat/", rosters.ExportView.as_view(), name="households-export"),
    path("ho-dan/chua-tham-gia/", gaps.GapListView.as_view(), name="households-gaps"),
    path("ho-dan/hang-loat/", bulk.BulkView.as_view(), name="households-bulk"),
    path("ho-dan/<int:pk>/", rosters.HouseholdView.as_view(), name="household"),
    path("ho-dan/<int:pk>/danh-dau/", rosters.HouseholdActionView.as_view(), name="household-action"),
    path("ho-dan/<int:pk>/dien-thoai/<int:person_id>/", rosters.PhoneView.as_view(), name="household-phone"),
    path("di-tung-nha/", doors.WalksView.as_view(), name="walks"),
    path("di-tung-nha/<int:place>/", doors.DoorView.as_view(), name="door"),
    path("di-tung-nha/<int:place>/<int:pk>/", doors.DoorActionView.as_view(), name="door-action"),
    path("nhap-danh-sach/", imports.ImportListView.as_view(), name="imports"),
    path("nhap-danh-sach/<int:pk>/", imports.ImportView.as_view(), name="import"),
    path("nhap-danh-sach/<int:pk>/cot/", imports.ImportColumnsView.as_view(), name="import-columns"),
    path("nhap-danh-sach/<int:pk>/loi/", imports.ImportProblemsView.as_view(), name="import-problems"),
    path("nhap-danh-sach/<int:pk>/<slug:action>/", imports.ImportActionView.as_view(), name="import-action"),
    path("ho-dan/trung-lap/", duplicates.DuplicatesView.as_view(), name="duplicates"),
    path("ho-dan/trung-lap/<int:decision_id>/", duplicates.UndoView.as_view(), name="duplicates-undo"),
    path("doi-chieu/", member_lists.GroupsView.as_view(), name="member-lists"),
    path("doi-chieu/nhom/<int:pk>/", member_lists.StartView.as_view(), name="member-list-start"),
    path("doi-chieu/<int:list_id>/", member_lists.ListView.as_view(), name="member-list"),
    path("doi-chieu/<int:list_id>/bo/", member_lists.DiscardView.as_view(), name="member-list-discard"),
]
