"""Batch jobs, fed to a shell of the service: `./charla shell ads < svc_ads/jobs/NAME.py`.

They are plain lines without blocks, because the shell reads them as if they were typed.
"""
