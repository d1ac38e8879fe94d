"""`manage.py ward_activate 13972 --admin "Nguyễn Văn A"`: let a ward begin, with the account of its administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import services as accounts
from accounts.models import Post
from vikhe_portal.core.permissions import system_actor
from vikhe_portal.core.scope import ward_scope
from wards import services as wards
from wards.models import Ward


class Command(BaseCommand):
    """Load the official units and the working calendar, activate the ward, make its first account.

    The ward starts with identity mode `none`. The password is printed once and must be changed at the first sign-in.
    """

    help = "Activate a ward by its official code and make the account of its administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("code", type=int, help="official code of the ward, for example 13972")
        parser.add_argument("--admin", required=True, help="full name of the ward administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do all of it or nothing; refused with a sentence when the code is unknown or the ward has begun."""
        ward_id, full_name = options["code"], " ".join(options["admin"].split())
        if not full_name:
            raise CommandError("Hãy ghi họ tên quản trị viên sau --admin.")
        with transaction.atomic():
            wards.load_units()
            wards.load_holidays()
            ward = Ward.objects.filter(pk=ward_id).first()
            if ward is None:
                raise CommandError(
                    f"Không có xã, phường nào mang mã {ward_id}; hãy xem lại mã trong danh mục đơn vị hành chính."
                )
            with ward_scope(ward_id):
                if ward.active and Post.objects.filter(ward_id=ward_id).exists():
                    raise CommandError(
                        f"{ward.name} đã dùng cổng thông tin; quản trị viên mở thêm tài khoản trên trang Cán bộ."
                    )
            wards.activate_ward(ward_id=ward_id)
            with ward_scope(ward_id):
                actor = system_actor(ward_id)
                user = accounts.create_staff(actor=actor, full_name=full_name, kind=Post.Kind.WARD_ADMIN)
                password = accounts.give_first_password(actor=actor, user=user)
        self.stdout.write(
            f"{ward.name}: đã mở.\nTên đăng nhập: {user.username}\nMật khẩu dùng một lần: {password}\n"
            "Đăng nhập rồi mở tài khoản cho Trưởng Công an phường trên trang Cán bộ."
        )
