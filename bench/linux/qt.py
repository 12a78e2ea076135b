"""Qt 5.15's bearer management, to compare with: `qt.py observe DEVICE PROFILE`, `qt.py list`, or `qt.py idle`.

Prints lines of JSON, with times in ns of CLOCK_MONOTONIC.
"""
import json
import signal
import sys
import time

started = time.monotonic_ns()

from PyQt5.QtCore import QCoreApplication  # noqa: E402: importing is a part of what is measured
from PyQt5.QtNetwork import QNetworkConfiguration, QNetworkConfigurationManager, QNetworkSession  # noqa: E402

signal.signal(signal.SIGTERM, signal.SIG_DFL)
now = time.monotonic_ns


def tell(**fact):
    print(json.dumps(fact), flush=True)


application = QCoreApplication([])
manager = QNetworkConfigurationManager()


def configuration(name):
    return next(one for one in manager.allConfigurations() if one.name() == name)


def open_session(of, who):
    session = QNetworkSession(of)

    def changed(state):
        at = now()
        if state == QNetworkSession.Connected:
            tell(at=at, says="up", who=who)
        if state in (QNetworkSession.Disconnected, QNetworkSession.NotAvailable, QNetworkSession.Invalid):
            tell(at=at, says="down", who=who)

    session.stateChanged.connect(changed)
    session.open()
    return session


def observe(device, profile):
    # Qt has each link twice: as NetworkManager's profile, and as an interface, which it polls every ten seconds.
    sessions = [open_session(configuration(profile), "qt networkmanager"), open_session(configuration(device), "qt generic")]
    tell(says="ready", who=["qt networkmanager", "qt generic"], open=[one.isOpen() for one in sessions])
    application.exec()


def list_configurations():
    names = [one.name() for one in manager.allConfigurations()]
    tell(says="list", names=names, ms=(now() - started) / 1e6)


def idle():
    session = open_session(manager.defaultConfiguration(), "qt")
    tell(says="ready", who=["qt"], open=[session.isOpen()])
    application.exec()


{"observe": observe, "list": list_configurations, "idle": idle}[sys.argv[1]](*sys.argv[2:])
