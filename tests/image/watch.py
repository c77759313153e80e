#!/usr/bin/env python3
"""watch.py HOST:PORT: asks Janus for the picture as the page does, and says what H.264 it is offered. Ends when the offer is there."""
import base64, json, os, socket, struct, sys

host, port = sys.argv[1].rsplit(':', 1)
connection = socket.create_connection((host, int(port)), 60)
connection.sendall(b'GET / HTTP/1.1\r\nHost: janus\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
                   b'Sec-WebSocket-Protocol: janus-protocol\r\nSec-WebSocket-Key: ' + base64.b64encode(os.urandom(16)) + b'\r\n\r\n')
stream = connection.makefile('rb')
while stream.readline().strip():
    pass


def send(**message):
    data, mask = json.dumps(message).encode(), os.urandom(4)
    connection.sendall(struct.pack('>BBH', 0x81, 0xfe, len(data)) + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(data)))


def receive():
    text, final = b'', False
    while not final:
        head, size = stream.read(2)
        final, size = head & 0x80, size & 0x7f
        size = struct.unpack('>H', stream.read(2))[0] if size == 126 else struct.unpack('>Q', stream.read(8))[0] if size == 127 else size
        text += stream.read(size)
    return json.loads(text)


def answer(kind):
    """The next message of this kind; others (acknowledgements) are passed over."""
    while True:
        message = receive()
        if message['janus'] == 'error' or 'error_code' in message.get('plugindata', {}).get('data', {}):
            sys.exit(f'Janus says {message}')
        if message['janus'] == kind:
            return message


send(janus='create', transaction='a')
session = answer('success')['data']['id']
send(janus='attach', session_id=session, plugin='janus.plugin.ustreamer', transaction='b')
handle = answer('success')['data']['id']
send(janus='message', session_id=session, handle_id=handle, body={'request': 'watch'}, transaction='c')
while 'jsep' not in (event := answer('event')):
    pass
codecs = [line for line in event['jsep']['sdp'].split('\r\n') if line.startswith('a=rtpmap') and 'H264' in line]
if event['jsep']['type'] != 'offer' or not codecs:
    sys.exit(f'no offer of H.264: {event}')
print(codecs[0])
