"""Addresses of governance."""

from django.urls import URLPattern, path

from groups.views import assignment, groups, handover, planning, public, violations

urlpatterns: list[URLPattern] = [
    path("nhom/", groups.GroupListView.as_view(), name="group-list"),
    path("nhom/<int:pk>/", groups.GroupView.as_view(), name="group"),
    path("nhom/<int:pk>/sua/", groups.GroupEditView.as_view(), name="group-edit"),
    path("nhom/<int:pk>/truong-nhom/", groups.LeaderView.as_view(), name="group-leader"),
    path("nhom/<int:pk>/dong/", groups.ArchiveView.as_view(), name="group-archive"),
    path("nhom/<int:pk>/kiem-tra/", groups.CheckView.as_view(), name="group-check"),
    path("nhom/<int:pk>/in/<slug:size>/", groups.PosterView.as_view(), name="group-poster"),
    path("nhom/<int:pk>/viec/<slug:action>/", groups.GroupActionView.as_view(), name="group-action"),
    path("kiem-tra-nhom/<int:check_id>/xac-nhan/", groups.CheckConfirmView.as_view(), name="check-confirm"),
    path("kiem-tra-nhom/<int:check_id>/anh/", groups.CheckPictureView.as_view(), name="check-picture"),
    path("phan-anh-nhom/<int:report_id>/", groups.ReportHandleView.as_view(), name="report-handle"),
    path("nhom/<int:pk>/vi-pham/", violations.RecordView.as_view(), name="group-violation"),
    path("vi-pham/<int:violation_id>/", violations.ViolationView.as_view(), name="violation"),
    path("vi-pham/<int:violation_id>/y-kien/", violations.ReplyView.as_view(), name="violation-reply"),
    path("vi-pham/<int:violation_id>/rut-lai/", violations.WithdrawView.as_view(), name="violation-withdraw"),
    path("vi-pham/<int:violation_id>/anh/", violations.ViolationPictureView.as_view(), name="violation-picture"),
    path("nhom/ke-hoach/", planning.PlanView.as_view(), name="plan"),
    path("nhom/ke-hoach/<slug:action>/", planning.PlanActionView.as_view(), name="plan-action"),
    path("phan-cong/", assignment.BoardView.as_view(), name="board"),
    path("phan-cong/giao/", assignment.AssignView.as_view(), name="assign"),
    path("phan-cong/chuyen/<int:user_id>/", assignment.MoveView.as_view(), name="move"),
    path("ban-giao/", handover.HandoverListView.as_view(), name="handovers"),
    path("ban-giao/<int:pk>/", handover.HandoverView.as_view(), name="handover"),
    path("ban-giao/<int:pk>/dong/", handover.CloseView.as_view(), name="handover-close"),
    path("ban-giao/<int:pk>/rut-lai/", handover.TakeBackView.as_view(), name="handover-take-back"),
    path("ban-giao/<int:pk>/lap-bien-ban/", handover.MinutesMakeView.as_view(), name="handover-minutes-make"),
    path("ban-giao/<int:pk>/bien-ban.<slug:kind>", handover.MinutesView.as_view(), name="handover-minutes"),
    path("ban-giao/buoc/<int:step_id>/", handover.StepView.as_view(), name="handover-step"),
    path("ban-giao/buoc/<int:step_id>/anh/", handover.StepPictureView.as_view(), name="handover-picture"),
    path("n/<slug:token>/", public.PublicGroupView.as_view(), name="public-group"),
    path("n/<slug:token>/qr.svg", public.PublicQrView.as_view(), name="public-group-qr"),
    path("n/<slug:token>/can-bo/", public.PublicBadgeView.as_view(), name="public-badge"),
    path("n/<slug:token>/bao-gia/", public.PublicReportView.as_view(), name="public-report"),
    path("xac-minh/", public.PublicCheckView.as_view(), name="public-check"),
]
