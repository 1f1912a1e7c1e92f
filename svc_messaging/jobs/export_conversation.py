"""Write a conversation as JSON lines: itself, its members, then its messages in their order.

CONVERSATION_ID=… [EXPORT_FILE=talk.jsonl] ./charla shell messaging < svc_messaging/jobs/export_conversation.py

Without EXPORT_FILE the lines go to standard output.
"""

import os

from plumbing.database import transactions
from plumbing.settings import settings
from svc_messaging import exporting

exporting.export_to(transactions(settings().database_url), os.environ["CONVERSATION_ID"], os.environ.get("EXPORT_FILE"))
