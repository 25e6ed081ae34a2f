"""ClamAV's daemon, if its address is set: files are sent to it before they are kept.

The protocol is that of clamd(8): INSTREAM, then pieces, each after its length, and a length of nothing.
"""

import logging
import socket
import struct

from django.conf import settings

logger = logging.getLogger(__name__)
PIECE = 64 * 1024
SECONDS = 60
MOST_OF_ANSWER = 4_096
INFECTED = "The virus scanner found something in this file. It was not kept. Tell your IT service."
NOT_SCANNED = "The virus scanner does not answer, so the file was not kept. Send it again later."


class NotClean(Exception):
    """A virus was found, or nobody could look for one; the message says which."""


def is_set() -> bool:
    return bool(settings.CLAMD)


def scan(data: bytes) -> None:
    """Have the daemon look at the bytes.

    Raises:
        NotClean: it found something, or came to no answer.
    """
    try:
        answer = answer_of_daemon(data)
    except (OSError, ValueError) as error:
        logger.error("ClamAV does not answer at %s: %s", settings.CLAMD, error)
        raise NotClean(NOT_SCANNED) from error
    if answer.endswith(" FOUND"):
        logger.warning("A file was refused: %s", answer)
        raise NotClean(INFECTED)
    if answer != "stream: OK":
        logger.error("ClamAV could not look at a file: %s", answer)
        raise NotClean(NOT_SCANNED)


def answer_of_daemon(data: bytes) -> str:
    with connected() as daemon:
        daemon.sendall(b"zINSTREAM\0")
        for place in range(0, len(data), PIECE):
            piece = data[place : place + PIECE]
            daemon.sendall(struct.pack("!L", len(piece)) + piece)
        daemon.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < MOST_OF_ANSWER:
            if not (more := daemon.recv(MOST_OF_ANSWER)):
                break
            answer += more
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def connected() -> socket.socket:
    """A connection to host:port, or to the socket at a path."""
    address = settings.CLAMD
    if address.startswith("/"):
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(SECONDS)
        daemon.connect(address)
        return daemon
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), SECONDS)
