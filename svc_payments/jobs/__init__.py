"""Batch jobs, fed to a shell of the service: `./charla shell payments < svc_payments/jobs/NAME.py`.

They are plain lines without blocks, because the shell reads them as if they were typed.
"""
