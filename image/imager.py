#!/usr/bin/env python3
"""imager.py VERSION KERNEL URL IMAGE COMPRESSED: prints what Raspberry Pi Imager wants to know of an image (its os_list JSON): sizes and sums as they
are of these two files; from URL they are to be had, and the icon.

It offers nobody to set anything up (init_format none): what Imager writes has not been tried with this image; appliance.toml on the card is its own.
"""
import hashlib, json, os, sys, time

version, kernel, url, image, compressed = sys.argv[1:]
# Imager's words for boards. A Pi 5 does not start with Debian's kernel, and what that kernel cannot do is not promised.
boards, words = {
    'debian': (['pi4-64bit', 'pi3-64bit'], 'USB capture devices, and H.264 in software (Debian\'s kernel)'),
    'rpi': (['pi5-64bit', 'pi4-64bit', 'pi3-64bit'], 'HDMI receivers and USB capture devices (Raspberry Pi\'s kernel)'),
}[kernel]


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


url = url.rstrip('/')
json.dump({'os_list': [{
    'name': f'rustreamer {version}',
    'description': f'A picture of another computer\'s screen, in the browser: {words}',
    'icon': f'{url}/rustreamer.svg',
    'url': f'{url}/{os.path.basename(compressed)}',
    'extract_size': os.path.getsize(image),
    'extract_sha256': sha256(image),
    'image_download_size': os.path.getsize(compressed),
    'image_download_sha256': sha256(compressed),
    'release_date': time.strftime('%Y-%m-%d', time.gmtime(int(os.environ['SOURCE_DATE_EPOCH']))),
    'architecture': 'armv8',
    'init_format': 'none',
    'devices': boards,
}]}, sys.stdout, indent=1)
print()
