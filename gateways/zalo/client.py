"""The client of one Official Account: groups, messages, content, on a shared transport.

    async with Transport(Endpoints()) as transport:
        account = OAClient(transport, access_token=token, app_secret=secret)
        outcome = await account.send_group_text(group_id, text)

Creating a client costs nothing; make one per account and token, all on one transport.
"""

from gateways.zalo.content import ContentCalls
from gateways.zalo.groups import GroupCalls
from gateways.zalo.messages import MessageCalls


class OAClient(GroupCalls, MessageCalls, ContentCalls):
    """Every documented call the portal uses, for one Official Account."""
