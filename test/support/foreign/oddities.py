"""A program that behaves in one of the ways in which programs surprise whoever reads their screen. The mode says which."""

import os
import signal
import subprocess
import sys
import termios
import time


def echo_lines():
    for line in sys.stdin:
        print("got " + line.strip(), flush=True)


def prompts():
    # Everything stands in a prompt that is never ended.
    sys.stdout.write(">>> ")
    sys.stdout.flush()
    time.sleep(0.05)
    sys.stdout.write(">>> [Client table updated.]\n>>> y : hello\n>>> ")
    sys.stdout.flush()
    echo_lines()


def newline_first():
    # The end of each line comes with the next one.
    sys.stdout.write("\n>>> [Welcome, You are registered.]")
    sys.stdout.flush()
    time.sleep(0.4)
    sys.stdout.write("\n>>> y: hello")
    sys.stdout.flush()
    echo_lines()


def table():
    sys.stdout.write(">>> [Client table updated.] -- \n| nick | ip | port |\n| y | 127.0.0.1 | 4000 |\n>>> ")
    sys.stdout.flush()
    echo_lines()


def buffered():
    # Neither flushed nor ended: on a pipe all of it comes when four thousand characters are together.
    for number in range(400):
        print("y: line number %d of many" % number)
    time.sleep(60)


def late():
    # Sets up its terminal half a second after it spoke, and throws away what was typed until then.
    print("starting", flush=True)
    time.sleep(0.5)
    termios.tcflush(0, termios.TCIFLUSH)
    echo_lines()


def dies():
    print("I cannot go on", flush=True)
    sys.exit(7)


def crashes():
    os.kill(os.getpid(), signal.SIGSEGV)


def leaves_children():
    # A child that ignores everything it may ignore.
    child = subprocess.Popen(
        [sys.executable, "-c", "import signal, time\nfor s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)\ntime.sleep(60)"]
    )
    print("child %d" % child.pid, flush=True)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def latin1():
    sys.stdout.buffer.write(b"y: na\xefve\n")
    sys.stdout.buffer.flush()
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(b"got " + repr(line).encode() + b"\n")
        sys.stdout.buffer.flush()


def where():
    print("in %s with %s" % (os.getcwd(), os.environ.get("ODDITY")), flush=True)


globals()[sys.argv[1].replace("-", "_")]()
