"""Batch jobs, fed to a shell of the service: `./charla shell messaging < svc_messaging/jobs/expire_messages.py`.

They are plain lines without blocks, because the shell reads them as if they were typed.
"""
