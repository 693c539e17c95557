#!/usr/bin/env python3
"""A small UdpChat that owes nothing to this project but the wire: what the conformance suite is tested with.

    udpchat.py -s <port>
    udpchat.py -c <nick> <server-ip> <server-port> <client-port>

UDPCHAT_BREAK names one thing that it then does wrong, so that a test can see which clause notices.
"""

import os
import re
import select
import socket
import sys
import time

BREAK = os.environ.get("UDPCHAT_BREAK", "")
STYLE = os.environ.get("UDPCHAT_STYLE", "")
RETRY_S = 0.5
RETRIES = 0 if BREAK == "no-retry" else 5
PEER_S = 0.5


def say(text):
    if STYLE == "loose":
        if text.startswith("["):
            text = text[1:-1].lower() + "."
        text = time.strftime("[%H:%M:%S] ") + text
    sys.stdout.write("\r" + text + "\n>>> ")
    sys.stdout.flush()


def usage():
    print("Usage: udpchat.py -s <port> | -c <nick> <server-ip> <server-port> <client-port>")
    sys.exit(1)


def port_of(text):
    if not re.fullmatch(r"\d{1,5}", text) or not 1024 <= int(text) <= 65535:
        print("A port is a number from 1024 to 65535.")
        sys.exit(1)
    return int(text)


class Server:
    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.clients = {}  # nick -> [address, online]
        self.mail = {}  # nick -> [line]
        self.probes = {}  # address of who is asked -> (deadline, what happens then, what if he answers)

    def run(self):
        while True:
            deadlines = [deadline for deadline, _, _ in self.probes.values()]
            wait = max(0, min(deadlines) - time.monotonic()) if deadlines else None
            readable, _, _ = select.select([self.socket], [], [], wait)
            if readable:
                data, address = self.socket.recvfrom(65536)
                if BREAK == "dies-of-garbage":
                    data.decode("utf-8")
                self.handle(data.decode("utf-8", "replace"), address)
            for address, (deadline, silent, _) in list(self.probes.items()):
                if time.monotonic() >= deadline:
                    del self.probes[address]
                    silent()

    def send(self, text, address):
        self.socket.sendto(text.encode("utf-8"), address)

    def probe(self, address, silent, alive):
        self.send("ping", address)
        self.probes[address] = (time.monotonic() + PEER_S, silent, alive)

    def handle(self, text, address):
        if text == "ack":
            asked = self.probes.pop(address, None)
            if asked:
                asked[2]()
            return
        word, _, rest = text.partition(" ")
        if word == "reg" and rest.strip():
            self.register(rest.split()[0], address)
        elif word == "dereg" and rest.strip():
            self.deregister(rest.split()[0], address)
        elif word == "send" and " " in rest:
            self.save(*rest.split(" ", 1), address)

    def register(self, nick, address):
        known = self.clients.get(nick)
        if known and known[1] and known[0] != address:
            if BREAK == "nick-stays":
                self.refuse(address)
                return
            holder = known[0]
            if BREAK == "two-of-a-name":
                self.welcome(nick, address)
            elif holder not in self.probes:
                self.probe(holder, lambda: self.welcome(nick, address), lambda: self.refuse(address))
            return
        self.welcome(nick, address)

    def refuse(self, address):
        self.send(">>> [Welcome, You have not been registered. Username is already connected.]\n>>>", address)

    def welcome(self, nick, address):
        back = nick in self.clients
        self.clients[nick] = [address, True]
        self.send(">>> [Welcome back]\n>>>" if back else ">>> [Welcome, You are registered.]\n>>>", address)

        def tell():
            self.broadcast(only=nick if BREAK == "no-table" else None)

        def deliver():
            self.deliver(nick, address)
            tell()

        if self.mail.get(nick):
            self.send("[You have messages.]\n", address)
            self.probes[address] = (time.monotonic() + 4, tell, deliver)
        else:
            tell()

    def deliver(self, nick, address):
        mail = self.mail.get(nick, [])
        if BREAK != "mail-again":
            self.mail[nick] = []
        if BREAK == "mail-reversed":
            mail = mail[::-1]
        if BREAK == "mail-loses-first":
            mail = mail[1:]
        if BREAK == "mail-twice":
            mail = [line for line in mail for _ in range(2)]
        self.send(str(len(mail)), address)
        for line in mail:
            self.send(line, address)

    def deregister(self, nick, address):
        if nick not in self.clients or (self.clients[nick][0] != address and BREAK != "dereg-anyone"):
            self.send(">>> [You need to dereg using your own username.]\n>>>", address)
            return
        self.clients[nick][1] = False
        self.send(">>> [You are Offline. Bye.]\n>>>", address)
        if BREAK != "no-table":
            self.broadcast()

    def save(self, to, text, address):
        sender = next((nick for nick, (held, _) in self.clients.items() if held == address), None)
        if sender is None or to not in self.clients:
            self.send(">>> [Client %s is not registered.]\n>>> " % to, address)
            return

        def keep():
            self.clients[to][1] = False
            if BREAK != "saves-nothing":
                stamp = "" if BREAK == "mail-without-time" else time.ctime() + " "
                self.mail.setdefault(to, []).append("%s: %s%s" % (sender, stamp, text))
            self.send("[Messages received by the server and saved.]\n>>> ", address)
            self.broadcast(only="" if BREAK == "no-table" else None)

        held, online = self.clients[to]
        if online and held not in self.probes:
            self.probe(held, keep, lambda: self.send(">>> [Client %s exists.]\n>>> " % to, address))
        else:
            keep()

    def broadcast(self, only=None):
        for nick, (address, online) in self.clients.items():
            if not online or (only is not None and nick != only):
                continue
            rows = [(name, row) for name, row in self.clients.items() if name != nick]
            self.send(str(len(rows)), address)
            for name, ((host, port), is_online) in rows:
                for field in (name, host, str(port), "yes" if is_online else "no"):
                    self.send(field, address)


class Client:
    def __init__(self, nick, host, server_port, port):
        self.nick = nick
        self.server = (host, server_port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.table = {}
        self.fields = []  # of a table under way
        self.rows_due = 0
        self.mail_due = None  # None; "count"; or how many
        self.online = False
        self.request = None  # (datagram, tries, deadline)
        self.peer = None  # (nick, text, deadline)
        self.typed = b""
        self.lines = []
        self.over = False

    def run(self):
        if STYLE == "self":
            self.ask("reg " + self.nick)
        sys.stdout.write(">>> ")
        sys.stdout.flush()
        while not self.over:
            due = [d for d in (self.request and self.request[2], self.peer and self.peer[2]) if d]
            wait = max(0, min(due) - time.monotonic()) if due else None
            readable, _, _ = select.select([self.socket, sys.stdin], [], [], wait)
            if self.socket in readable:
                data, address = self.socket.recvfrom(65536)
                self.hear(data.decode("utf-8", "replace"), address)
            if sys.stdin in readable:
                more = os.read(0, 65536)
                if not more:
                    return
                self.typed += more
                *whole, self.typed = self.typed.split(b"\n")
                self.lines += [line.decode("utf-8", "replace").strip() for line in whole]
            self.tick()
            while self.lines and not self.request and not self.peer and not self.over:
                self.act(self.lines.pop(0))

    def send(self, text, address):
        self.socket.sendto(text.encode("utf-8"), address)

    def ask(self, text):
        self.send(text, self.server)
        self.request = (text, 0, time.monotonic() + RETRY_S)

    def tick(self):
        now = time.monotonic()
        if self.request and now >= self.request[2]:
            text, tries, _ = self.request
            if tries < RETRIES:
                self.send(text, self.server)
                self.request = (text, tries + 1, now + RETRY_S)
            else:
                self.request = None
                if BREAK != "says-nothing-of-silence":
                    say("[Server not responding]")
                    say("[Exiting]")
                self.over = BREAK != "stays-in-silence"
        if self.peer and now >= self.peer[2]:
            nick, text, _ = self.peer
            self.peer = None
            if BREAK == "believes-in-everybody":
                say("[Message received by %s.]" % nick)
                return
            say("[No ACK from %s, message sent to server.]" % nick)
            self.ask("send %s %s" % (nick, text))

    def act(self, line):
        word, _, rest = line.partition(" ")
        if word == "":
            return
        if word == "reg":
            if rest.strip() != self.nick:
                say("[You can only register using your username: %s]" % self.nick)
            else:
                self.ask("reg " + self.nick)
        elif BREAK == "falls-over-words" and word not in ("send", "dereg"):
            raise ValueError(word)
        elif not self.online:
            say("[You are not online, please register first. Usage: reg %s]" % self.nick)
        elif word == "dereg":
            if rest.strip() != self.nick and not (rest.strip() and BREAK == "dereg-anyone"):
                say("[You need to dereg using your own username.]")
            else:
                self.ask("dereg " + rest.strip())
        elif word == "send":
            to, _, text = rest.partition(" ")
            if BREAK == "cuts-texts":
                text = text[:100]
            if BREAK == "ascii-only":
                text = text.encode("ascii", "replace").decode("ascii")
            if not text:
                say("[Usage: send <nick> <text>]")
            elif to == self.nick:
                say("[You cannot send a message to yourself.]")
            elif to not in self.table:
                say("[Client %s is not known.]" % to)
            elif self.table[to][1]:
                self.send(" " + text, self.table[to][0])
                self.peer = (to, text, time.monotonic() + PEER_S)
            else:
                self.ask("send %s %s" % (to, text))
        else:
            say("[Unknown command: %s]" % word)

    def hear(self, text, address):
        if address == self.server:
            self.hear_server(text)
            return
        nick = next((name for name, (held, _) in self.table.items() if held == address), None)
        if self.peer and self.table.get(self.peer[0], [None])[0] == address and (
            text == "ack" or (BREAK == "content-is-control" and "ack" in text)
        ):
            if BREAK != "no-receipt":
                say("[Message received by %s.]" % self.peer[0])
            self.peer = None
        elif nick and self.online and text.startswith(" "):
            if BREAK == "content-is-control" and ("ack" in text or text.strip().isdigit()):
                return
            self.send("ack", address)
            say("%s: %s" % (nick, text[1:]))

    def hear_server(self, text):
        line = text.replace(">>>", "").strip()
        if self.rows_due > 0:
            self.fields.append(text)
            if len(self.fields) == 4 * self.rows_due:
                self.take_table()
        elif text == "ping":
            self.send("ack", self.server)
        elif self.mail_due == "count" and text.isdigit():
            self.mail_due = int(text) or None
        elif isinstance(self.mail_due, int):
            say(line)
            self.mail_due = self.mail_due - 1 or None
        elif text.isdigit():
            self.rows_due, self.fields = int(text), []
            if self.rows_due == 0:
                self.take_table()
        elif line.startswith("[You have messages"):
            say(line)
            self.mail_due = "count"
            self.send("ack", self.server)
        elif line.startswith("["):
            self.answered(line)

    def take_table(self):
        fields, self.rows_due, self.fields = self.fields, 0, []
        self.table = {
            name: ((host, int(port)), status == "yes")
            for name, host, port, status in zip(*[iter(fields)] * 4)
        }
        say("[Client table updated.]")

    def answered(self, line):
        if not self.request:
            return
        self.request = None
        say(line)
        if "not been registered" in line:
            return
        if line.startswith("[Welcome"):
            self.online = True
        if "Offline" in line:
            self.online = BREAK == "hears-offline"
            self.over = BREAK == "dereg-ends"


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "-s":
        Server(port_of(arguments[1])).run()
    elif len(arguments) == 5 and arguments[0] == "-c":
        nick, host, server_port, port = arguments[1:]
        Client(nick, host, port_of(server_port), port_of(port)).run()
    elif BREAK == "trips-over-arguments":
        print(arguments[7])
    else:
        usage()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        pass
