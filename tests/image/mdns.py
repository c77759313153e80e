#!/usr/bin/env python3
"""mdns.py HERE NAME ADDRESS: asks the network of the interface that has the address HERE, by multicast DNS, who is called NAME; says whether one
answer is ADDRESS."""
import socket, struct, sys, time

here, name, address = sys.argv[1:]
GROUP = ('224.0.0.251', 5353)
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
asking.bind(('', GROUP[1]))
asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(here))
asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
asking.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP[0]) + socket.inet_aton(here))

labels = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.')) + b'\0'
asking.sendto(struct.pack('>6H', 0, 0, 1, 0, 0, 0) + labels + struct.pack('>2H', 1, 1), GROUP)
deadline = time.monotonic() + 5
while (left := deadline - time.monotonic()) > 0:
    asking.settimeout(left)
    try:
        answer, sender = asking.recvfrom(9000)
    except TimeoutError:
        break
    # A response, with a record of an IPv4 address: its type and class (with mDNS's mark in it or not), any time to live, four bytes.
    if answer[2] & 0x80 and labels[:-1] in answer:
        for kind in (b'\0\1\0\1', b'\0\1\x80\1'):
            at = answer.find(kind)
            while at >= 0:
                if answer[at + 8:at + 14] == b'\0\4' + socket.inet_aton(address):
                    sys.exit(0)
                at = answer.find(kind, at + 1)
sys.exit(f'nobody says that {name} is {address}')
