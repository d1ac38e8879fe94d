"""Addresses of the broadcasts app."""

from django.urls import URLPattern, URLResolver, path

from broadcasts.views import cards, public, warning, writing

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
    path("ban-tin/canh-bao/<int:fake_id>/", warning.FakeWarningView.as_view(), name="fake-warning"),
    path("ban-tin/<uuid:uuid>/", writing.DetailView.as_view(), name="detail"),
    path("ban-tin/<uuid:uuid>/tien-do/", writing.CampaignView.as_view(), name="campaign"),
    path("ban-tin/<uuid:uuid>/sua/", writing.EditView.as_view(), name="edit"),
    path("ban-tin/<uuid:uuid>/trinh/", writing.SubmitView.as_view(), name="submit"),
    path("ban-tin/<uuid:uuid>/duyet/", writing.ApproveView.as_view(), name="approve"),
    path("ban-tin/<uuid:uuid>/tra-lai/", writing.ReturnView.as_view(), name="return"),
    path("ban-tin/<uuid:uuid>/phat/", writing.ScheduleView.as_view(), name="schedule"),
    path("ban-tin/<uuid:uuid>/dung/", writing.StopView.as_view(), name="stop"),
]
