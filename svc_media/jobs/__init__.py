"""Batch jobs, fed to a shell of the service: `./charla shell subscriptions < svc_subscriptions/jobs/NAME.py`.

They are plain lines without blocks, because the shell reads them as if they were typed.
"""
