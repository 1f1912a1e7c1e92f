"""Write a conversation as JSON lines: itself, its members, then its messages in their order.

CONVERSATION_ID names it; the lines go to the file EXPORT_FILE, or to standard output. The service's
shell passes no variables of the caller's on, so they are its first line:

(echo 'import os; os.environ.update(CONVERSATION_ID="…", EXPORT_FILE="/tmp/talk.jsonl")'
 cat svc_messaging/jobs/export_conversation.py) | ./charla shell messaging
"""

import os

from plumbing.database import transactions
from plumbing.settings import settings
from svc_messaging import exporting

exporting.export_to(transactions(settings().database_url), os.environ["CONVERSATION_ID"], os.environ.get("EXPORT_FILE"))
