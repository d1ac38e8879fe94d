"""Addresses of the oversight app."""

from django.urls import URLPattern, URLResolver, path

from oversight.views import dashboards, directives, inspections, regulations, reviews

app_name = "oversight"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboards.HomeView.as_view(), name="home"),
    path("loi-nhan/", dashboards.MessageView.as_view(), name="message"),
    path("tong-quan/", dashboards.DashboardView.as_view(), name="dashboard"),
    path("tong-quan/bieu-do/<slug:key>/", dashboards.ChartFileView.as_view(), name="chart-file"),
    path("tinh/", dashboards.ProvinceView.as_view(), name="province"),
    path("bao-cao/", reviews.ReviewListView.as_view(), name="reviews"),
    path("bao-cao/lap/", reviews.ReviewDraftView.as_view(), name="review-draft"),
    path("bao-cao/<int:pk>/", reviews.ReviewView.as_view(), name="review"),
    path("bao-cao/<int:pk>/noi-dung/", reviews.ReviewEditView.as_view(), name="review-edit"),
    path("bao-cao/<int:pk>/tra-lai/", reviews.ReviewReturnView.as_view(), name="review-return"),
    path("bao-cao/<int:pk>/tai-ve/", reviews.ReviewFileView.as_view(), name="review-file"),
    path("bao-cao/<int:pk>/tai-ve/pdf/", reviews.ReviewPdfView.as_view(), name="review-pdf"),
    path("bao-cao/<int:pk>/buoc/<slug:step>/", reviews.ReviewStepView.as_view(), name="review-step"),
    path("chi-dao/", directives.DirectiveListView.as_view(), name="directives"),
    path("chi-dao/moi/", directives.DirectiveCreateView.as_view(), name="directive-create"),
    path("chi-dao/viec/", directives.PartListView.as_view(), name="parts"),
    path("chi-dao/<int:pk>/", directives.DirectiveView.as_view(), name="directive"),
    path("chi-dao/<int:pk>/giao-viec/", directives.PartCreateView.as_view(), name="part-create"),
    path("chi-dao/<int:pk>/xin-y-kien/", directives.RaiseView.as_view(), name="directive-raise"),
    path("chi-dao/<int:pk>/hoan-thanh/", directives.CloseView.as_view(), name="directive-close"),
    path("chi-dao/<int:pk>/rut/", directives.WithdrawView.as_view(), name="directive-withdraw"),
    path("chi-dao/y-kien/<int:pk>/quyet-dinh/", directives.DecideView.as_view(), name="decide"),
    path("chi-dao/viec/<int:pk>/tien-do/", directives.ProgressView.as_view(), name="part-progress"),
    path("chi-dao/viec/<int:pk>/xong/", directives.DoneView.as_view(), name="part-done"),
    path("chi-dao/viec/<int:pk>/tra-lai/", directives.ReturnPartView.as_view(), name="part-return"),
    path("chi-dao/viec/<int:pk>/bo/", directives.DropPartView.as_view(), name="part-drop"),
    path("quy-che/", regulations.RegulationListView.as_view(), name="regulations"),
    path("quy-che/moi/", regulations.RegulationPublishView.as_view(), name="regulation-publish"),
    path("quy-che/<int:pk>/", regulations.RegulationView.as_view(), name="regulation"),
    path("quy-che/<int:pk>/da-doc/", regulations.AcknowledgeView.as_view(), name="regulation-acknowledge"),
    path("dot-kiem-tra/", inspections.InspectionListView.as_view(), name="inspections"),
    path("dot-kiem-tra/moi/", inspections.InspectionCreateView.as_view(), name="inspection-create"),
    path("dot-kiem-tra/ton-tai/", inspections.FindingListView.as_view(), name="findings"),
    path("dot-kiem-tra/<int:pk>/", inspections.InspectionView.as_view(), name="inspection"),
    path("dot-kiem-tra/<int:pk>/ket-thuc/", inspections.FinishView.as_view(), name="inspection-finish"),
    path("dot-kiem-tra/phieu/<int:pk>/", inspections.SheetView.as_view(), name="sheet"),
    path("dot-kiem-tra/phieu/<int:pk>/ton-tai/", inspections.FindingCreateView.as_view(), name="finding-create"),
    path("dot-kiem-tra/ton-tai/<int:pk>/khac-phuc/", inspections.MendView.as_view(), name="mend"),
    path("dot-kiem-tra/ton-tai/<int:pk>/phuc-tra/", inspections.RevisitView.as_view(), name="revisit"),
]
