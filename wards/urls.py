"""Addresses of the wards app."""

from django.urls import URLPattern, URLResolver, path

from wards import views

app_name = "wards"
urlpatterns: list[URLPattern | URLResolver] = [
    path("lich/", views.CalendarView.as_view(), name="calendar"),
    path("lich/ngay/", views.DayView.as_view(), name="calendar-day"),
    path("lich/bo-ngay/", views.DayRemoveView.as_view(), name="calendar-remove"),
    path("lich/nhap/", views.CalendarImportView.as_view(), name="calendar-import"),
]
