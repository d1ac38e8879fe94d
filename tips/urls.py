"""Addresses of the tips app: residents first, then officers."""

from django.urls import URLPattern, URLResolver, path

from tips.views import actions, joining, progress, public, readers, staff

app_name = "tips"
urlpatterns: list[URLPattern | URLResolver] = [
    path("bao-tin/phuong/<int:code>/", public.WardFormView.as_view(), name="ward-form"),
    path("bao-tin/<slug:token>/", public.PublicFormView.as_view(), name="public-form"),
    path("tra-cuu/", public.ReceiptView.as_view(), name="receipt"),
    path("tin-bao/", staff.QueueView.as_view(), name="queue"),
    path("tin-bao/cua-toi/", staff.MineView.as_view(), name="mine"),
    path("tin-bao/ghi-nhan/", actions.EntryView.as_view(), name="entry"),
    path("tin-bao/so-tiep-nhan/", staff.RegisterView.as_view(), name="register"),
    path("tin-bao/so-tiep-nhan/<int:year>/", staff.RegisterFileView.as_view(), name="register-file"),
    path("tin-bao/an-ninh-quoc-gia/", readers.ReadersView.as_view(), name="readers"),
    path("tin-bao/an-ninh-quoc-gia/<int:pk>/thoi/", readers.EndReaderView.as_view(), name="reader-end"),
    path("tin-bao/<uuid:uuid>/", staff.TipView.as_view(), name="detail"),
    path("tin-bao/<uuid:uuid>/anh/<int:position>/", staff.PictureView.as_view(), name="picture"),
    path("tin-bao/<uuid:uuid>/phan-loai/", actions.ClassifyView.as_view(), name="classify"),
    path("tin-bao/<uuid:uuid>/phan-cong/", actions.AssignView.as_view(), name="assign"),
    path("tin-bao/<uuid:uuid>/tra-loi/", actions.AnswerView.as_view(), name="answer"),
    path("tin-bao/<uuid:uuid>/hoi-them/", actions.AskView.as_view(), name="ask"),
    path("tin-bao/<uuid:uuid>/vuot-cap/", actions.EscalateView.as_view(), name="escalate"),
    path("tin-bao/<uuid:uuid>/chuyen/", actions.TransferView.as_view(), name="transfer"),
    path("tin-bao/<uuid:uuid>/chuyen-an-ninh/", actions.ForwardView.as_view(), name="forward"),
    path("tin-bao/<uuid:uuid>/ket-thuc/", actions.CloseView.as_view(), name="close"),
    path("tin-bao/<uuid:uuid>/mo-lai/", actions.ReopenView.as_view(), name="reopen"),
    path("tin-bao/<uuid:uuid>/rut-khoi/", actions.RecuseView.as_view(), name="recuse"),
    path("tin-bao/<uuid:uuid>/lien-quan-can-bo/", actions.SubjectsView.as_view(), name="subjects"),
    path("tin-bao/<uuid:uuid>/dien-bien/", progress.ProgressView.as_view(), name="progress"),
    path("tin-bao/<uuid:uuid>/gia-han/", progress.ExtendView.as_view(), name="extend"),
    path("tin-bao/<uuid:uuid>/lien-quan/", joining.RelatedView.as_view(), name="related"),
    path("tin-bao/<uuid:uuid>/ghep/<uuid:other>/", joining.JoinView.as_view(), name="join"),
    path("tin-bao/<uuid:uuid>/tach-khoi/", joining.TakeOutView.as_view(), name="take-out"),
    path("tin-bao/<uuid:uuid>/tach-tin/", joining.SplitView.as_view(), name="split"),
    path("tin-bao/<uuid:uuid>/nguoi-bao/", actions.IdentityRequestView.as_view(), name="identity-request"),
    path(
        "tin-bao/<uuid:uuid>/nguoi-bao/<uuid:ask>/quyet-dinh/",
        actions.IdentityDecisionView.as_view(),
        name="identity-decide",
    ),
    path("tin-bao/<uuid:uuid>/nguoi-bao/<uuid:ask>/mo/", actions.IdentityOpenView.as_view(), name="identity-open"),
    path("tin-bao/<uuid:uuid>/nguoi-bao/<uuid:ask>/mang-ra/", actions.IdentityTakeView.as_view(), name="identity-take"),
]
