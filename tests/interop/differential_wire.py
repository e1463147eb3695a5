"""Just enough BER and LDAP to ask anything and to compare the answers."""
import socket

PAGED = b"1.2.840.113556.1.4.319"
VLV = b"2.16.840.1.113730.3.4.10"
# Written by a server at its own time.
TIMES = (b"entrycsn", b"modifytimestamp", b"createtimestamp",
         b"modifiersname", b"contextcsn", b"crbanrecord", b"entryuuid",
         b"userpassword")


class Closed(Exception):
    """The server ended the connection."""


def tlv(tag, body):
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def octets(value, tag=0x04):
    return tlv(tag, value if isinstance(value, bytes) else value.encode())


def integer(number, tag=0x02):
    size = number.bit_length() // 8 + 1
    return tlv(tag, number.to_bytes(size, "big", signed=True))


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\0")


def seq(*parts, tag=0x30):
    return tlv(tag, b"".join(parts))


def control(oid, value=None, critical=True):
    parts = [octets(oid)]
    if critical:
        parts.append(boolean(True))
    if value is not None:
        parts.append(octets(value))
    return seq(*parts)


def paged(size, cookie):
    return control(PAGED, seq(integer(size), octets(cookie)))


def take(data, at=0):
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7f
        size = int.from_bytes(data[at:at + count], "big")
        at += count
    return tag, data[at:at + size], at + size


def items(body):
    at, found = 0, []
    while at < len(body):
        tag, value, at = take(body, at)
        found.append((tag, value))
    return found


class Conn:
    def __init__(self, port, dn=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.buffer = b""
        self.id = 0
        if dn is not None:
            answer = self.ask(tlv(0x60, integer(3) + octets(dn) +
                                  octets("kokeilu", 0x80)))
            if code(answer) != 0:
                raise SystemExit("cannot bind as " + dn)

    def _unit(self):
        while True:
            if len(self.buffer) > 6:
                size = self.buffer[1]
                head = 2 + (size & 0x7f if size & 0x80 else 0)
                if size & 0x80:
                    size = int.from_bytes(self.buffer[2:head], "big")
                if len(self.buffer) >= head + size:
                    body = self.buffer[head:head + size]
                    self.buffer = self.buffer[head + size:]
                    return items(body)
            try:
                more = self.socket.recv(65536)
            except OSError as error:
                raise Closed from error
            if not more:
                raise Closed
            self.buffer += more

    def ask(self, request, controls=()):
        """The units of the answer: (tag, body, controls)."""
        self.id += 1
        message = integer(self.id) + request
        if controls:
            message += seq(*controls, tag=0xa0)
        found = []
        try:
            self.socket.sendall(tlv(0x30, message))
        except OSError as error:
            raise Closed from error
        while True:
            unit = self._unit()
            if int.from_bytes(unit[0][1], "big") not in (0, self.id):
                continue
            controls = items(unit[2][1]) if len(unit) > 2 else []
            found.append((unit[1][0], unit[1][1], controls))
            if unit[1][0] not in (0x64, 0x73, 0x79):
                return found


def code(answer):
    """The result; -1: the connection ended."""
    if answer is None or answer[-1][0] == 0x78:
        return -1
    return int.from_bytes(items(answer[-1][1])[0][1], "big")


def _control(body):
    field = items(body)
    oid, value, cookie = field[0][1], None, None
    if len(field) > 1 and field[-1][0] == 0x04:
        value = field[-1][1]
    if oid == PAGED:
        page = items(items(value)[0][1])
        cookie, value = page[1][1], (page[0][1], page[1][1] != b"")
    elif oid == VLV:
        value = tuple(part[1] for part in items(items(value)[0][1])[:3])
    return (oid, value), cookie


def _entry(body):
    name, attributes = items(body)
    found = []
    for _, attribute in items(attributes[1]):
        desc, values = items(attribute)
        values = [value[1] for value in items(values[1])]
        if desc[1].lower() in TIMES:
            values = len(values)
        found.append((desc[1], values))
    return name[1], found


def digest(answer):
    """What must be equal, and the cookie, which need not."""
    found, cookie = [], None
    for tag, body, controls in answer or [(0, b"", [])]:
        told = []
        for _, part in controls:
            one, fresh = _control(part)
            told.append(one)
            cookie = fresh if fresh is not None else cookie
        found.append((tag, _entry(body) if tag == 0x64 else body, told))
    return found, cookie


def show(request):
    """For people, nested as it is."""
    def one(tag, body, depth):
        if tag & 0x20 and depth < 40:
            try:
                return "%02x[%s]" % (tag, " ".join(
                    one(t, v, depth + 1) for t, v in items(body)))
            except IndexError:
                pass
        return "%02x:%s" % (tag, body.decode("utf-8", "backslashreplace"))
    return one(*take(request)[:2], 0)
