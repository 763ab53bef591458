"""The end of a worker process when the process that started it has ended."""

import os
import time
from threading import Thread

import psutil


def end_with(parent: int) -> None:
    """Let this worker process end when the process `parent`, which started it, has ended."""

    def watch() -> None:
        while os.getppid() == parent and psutil.pid_exists(parent):
            time.sleep(0.5)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
