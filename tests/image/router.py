#!/usr/bin/env python3
"""router.py INTERFACE PREFIX: tells the network of INTERFACE, every other second, to make itself addresses of PREFIX (64 bits): a router
advertisement (RFC 4861, section 4.2) of a router that leads nowhere. Runs until it is killed."""
import socket, struct, sys, time

interface, prefix = sys.argv[1:]
LIFETIME = 3600
ALL_NODES = ('ff02::1', 0, 0, socket.if_nametoindex(interface))
router = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
router.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
# Others are not believed (section 6.1.2).
router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
# Type 134; the kernel adds the checksum. Hop limit 64, no flags, no default router.
head = struct.pack('>BBHBBHII', 134, 0, 0, 64, 0, 0, 0, 0)
# Option 3, four times eight bytes: 64 bits, on this link, for addresses.
option = struct.pack('>BBBBIII', 3, 4, 64, 0xC0, LIFETIME, LIFETIME, 0) + socket.inet_pton(socket.AF_INET6, prefix)
while True:
    try:
        router.sendto(head + option, ALL_NODES)
    except OSError:
        pass  # the machine at the other end is being started again
    time.sleep(2)
