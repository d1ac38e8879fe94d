"""Addresses of the broadcasts app."""

from django.urls import URLPattern, URLResolver, path

from broadcasts.views import announcing, cards, emergency, public, sources, warning, writing

app_name = "broadcasts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("bt/<slug:code>/", public.PostView.as_view(), name="public-post"),
    path("phuong/<int:ward>/ban-tin.atom", public.FeedView.as_view(), name="public-feed"),
    path("the-dang/", cards.CardsView.as_view(), name="cards"),
    path("the-dang/<int:pk>/", cards.CardView.as_view(), name="card"),
    path("the-dang/<int:pk>/bo-qua/", cards.LeaveOutView.as_view(), name="leave-out"),
    path("ban-tin/", writing.ListView.as_view(), name="list"),
    path("ban-tin/soan/", writing.ComposeView.as_view(), name="compose"),
    path("ban-tin/xem-truoc/", writing.PreviewView.as_view(), name="preview"),
    path("ban-tin/luot-dang/", writing.DeliveriesView.as_view(), name="deliveries"),
    path("ban-tin/chua-ro/", writing.UnknownView.as_view(), name="unknown"),
    path("ban-tin/chua-ro/<int:pk>/", writing.DecideView.as_view(), name="decide"),
    path("ban-tin/ban-giao/<int:handover_id>/", announcing.AnnouncementView.as_view(), name="announcement"),
    path("ban-tin/canh-bao/<int:fake_id>/", warning.FakeWarningView.as_view(), name="fake-warning"),
    path("khan-cap/", emergency.BoardView.as_view(), name="emergencies"),
    path("khan-cap/quy-dinh/", emergency.RulesView.as_view(), name="emergency-rules"),
    path("khan-cap/loi-bao/soan/", emergency.TextCreateView.as_view(), name="emergency-text-create"),
    path("khan-cap/loi-bao/<int:pk>/sua/", emergency.TextEditView.as_view(), name="emergency-text-edit"),
    path("khan-cap/loi-bao/<int:pk>/duyet/", emergency.TextApproveView.as_view(), name="emergency-text-approve"),
    path("khan-cap/loi-bao/<int:pk>/thoi-dung/", emergency.TextRetireView.as_view(), name="emergency-text-retire"),
    path("khan-cap/loi-bao/<int:pk>/phat/", emergency.StartView.as_view(), name="emergency-text-start"),
    path("khan-cap/<int:pk>/", emergency.RunView.as_view(), name="emergency-run"),
    path("khan-cap/<int:pk>/tien-do/", emergency.ProgressView.as_view(), name="emergency-run-progress"),
    path("khan-cap/<int:pk>/da-nhan/", emergency.AcknowledgeView.as_view(), name="emergency-run-acknowledge"),
    path("khan-cap/<int:pk>/xac-nhan/", emergency.ConfirmView.as_view(), name="emergency-run-confirm"),
    path("khan-cap/<int:pk>/het-nguy-hiem/", emergency.AllClearView.as_view(), name="emergency-run-clear"),
    path("khan-cap/<int:pk>/go/", emergency.TakeDownView.as_view(), name="emergency-run-down"),
    path("khan-cap/<int:pk>/rut-kinh-nghiem/", emergency.ReviewView.as_view(), name="emergency-run-review"),
    path("ban-tin/nguon/", sources.SourcesView.as_view(), name="sources"),
    path("ban-tin/nguon/them/", sources.SourceCreateView.as_view(), name="source-create"),
    path("ban-tin/nguon/<int:pk>/xem/", sources.PageView.as_view(), name="source-page"),
    path("ban-tin/nguon/<int:pk>/doc/", sources.SwitchView.as_view(), name="source-switch"),
    path("ban-tin/nguon/tin/<int:pk>/bo/", sources.AsideView.as_view(), name="source-item-aside"),
    path("ban-tin/<uuid:uuid>/", writing.DetailView.as_view(), name="detail"),
    path("ban-tin/<uuid:uuid>/tien-do/", writing.CampaignView.as_view(), name="campaign"),
    path("ban-tin/<uuid:uuid>/sua/", writing.EditView.as_view(), name="edit"),
    path("ban-tin/<uuid:uuid>/trinh/", writing.SubmitView.as_view(), name="submit"),
    path("ban-tin/<uuid:uuid>/duyet/", writing.ApproveView.as_view(), name="approve"),
    path("ban-tin/<uuid:uuid>/tra-lai/", writing.ReturnView.as_view(), name="return"),
    path("ban-tin/<uuid:uuid>/phat/", writing.ScheduleView.as_view(), name="schedule"),
    path("ban-tin/<uuid:uuid>/dung/", writing.StopView.as_view(), name="stop"),
]
