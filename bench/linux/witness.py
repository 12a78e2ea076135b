"""Tells when the kernel says that a cable went out or in, from an rtnetlink socket: nothing else is measured against any other clock.

    witness.py DEVICE

prints a line of JSON for each change: `at` in ns of CLOCK_MONOTONIC, which is process.hrtime() too, and `says` (`up` or `down`).
"""
import json
import os
import socket
import struct
import sys
import time

RTMGRP_LINK = 1
RTM_NEWLINK = 16
IFF_LOWER_UP = 0x10000

index = socket.if_nametoindex(sys.argv[1])
kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
kernel.bind((0, RTMGRP_LINK))
try:
    # It is to be the first to run; who may not ask for that measures a little less exactly.
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
except PermissionError:
    pass


def carriers(data):
    """Whether the device carries, by each message about it."""
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        if kind == RTM_NEWLINK:
            of, flags = struct.unpack_from("=iI", data, 20)
            if of == index:
                yield flags & IFF_LOWER_UP != 0
        data = data[(size + 3) & ~3 :]


def tell(**fact):
    print(json.dumps(fact), flush=True)


last = None
tell(says="ready")
while True:
    data = kernel.recv(65536)
    at = time.monotonic_ns()
    for carries in carriers(data):
        if carries is not last:
            tell(at=at, says="up" if carries else "down")
        last = carries
