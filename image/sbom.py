#!/usr/bin/env python3
"""sbom.py VERSION KERNEL: prints the list of the image's parts, SPDX 2.3: Debian's packages as the lock has them, and the crates of our programs.

Crates are those that the shipped programs are linked from (cargo tree), with the checksums of Cargo.lock. A package's licence is in its own
/usr/share/doc/PACKAGE/copyright, which the image has; a crate's is what it says itself. What only builds (the two drivers of drivers.sh) is there too,
and said to be no part of the image; the sources that these are made from are one.
"""
import hashlib, json, os, re, subprocess, sys, time, tomllib
from urllib.parse import quote

version, kernel = sys.argv[1:]
epoch = int(os.environ.get('SOURCE_DATE_EPOCH') or subprocess.check_output(['git', 'log', '-1', '--format=%ct']))
packages, relations = [], []


def part(name, version, purl, sha256=None, licence='NOASSERTION', relation='CONTAINS'):
    ident = 'SPDXRef-' + re.sub(r'[^A-Za-z0-9.-]', '-', purl.split(':', 1)[1].split('?')[0])
    entry = {'SPDXID': ident, 'name': name, 'versionInfo': version, 'downloadLocation': 'NOASSERTION', 'filesAnalyzed': False,
             'licenseConcluded': 'NOASSERTION', 'licenseDeclared': licence, 'copyrightText': 'NOASSERTION',
             'externalRefs': [{'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl', 'referenceLocator': purl}]}
    if sha256:
        entry['checksums'] = [{'algorithm': 'SHA256', 'checksumValue': sha256}]
    packages.append(entry)
    relations.append({'spdxElementId': 'SPDXRef-image', 'relationshipType': relation, 'relatedSpdxElement': ident})


packages.append({'SPDXID': 'SPDXRef-image', 'name': 'rustreamer-arm64', 'versionInfo': version, 'downloadLocation': 'NOASSERTION', 'filesAnalyzed': False,
                 'primaryPackagePurpose': 'OPERATING-SYSTEM', 'licenseConcluded': 'NOASSERTION', 'licenseDeclared': 'GPL-3.0-or-later',
                 'copyrightText': 'NOASSERTION'})
for line in open(os.environ.get('LOCK') or {'debian': 'image/packages.lock', 'rpi': 'image/packages-rpi.lock'}[kernel]):
    name, debian, arch, sha256, kind = line.split()
    relation = 'CONTAINS' if kind != 'builds' else 'GENERATED_FROM' if name.startswith('linux-source-') else 'HAS_PREREQUISITE'
    part(name, debian, f'pkg:deb/debian/{name}@{quote(debian, safe=".~-")}?arch={arch}', sha256, relation=relation)

locked = {(p['name'], p['version']): p.get('checksum') for p in tomllib.load(open('Cargo.lock', 'rb'))['package']}
tree = subprocess.check_output(['cargo', 'tree', '--locked', '-p', 'rustreamer', '-p', 'janus-ustreamer', '-p', 'appliance', '-e', 'normal', '--target',
                                'aarch64-unknown-linux-gnu', '--prefix', 'none', '--no-dedupe', '--format', '{p}|{l}'], text=True)
crates = {re.match(r'(\S+) v(\S+?)(?: .*)?\|(.*)', line).groups() for line in tree.split('\n') if line}
for name, crate, licence in sorted(crates):
    part(name, crate, f'pkg:cargo/{name}@{crate}', locked[name, crate], licence.replace('/', ' OR ') if licence else 'NOASSERTION')

names = [p['SPDXID'] for p in packages]
assert len(set(names)) == len(names), 'two parts have one name'
content = json.dumps([packages, relations], sort_keys=True).encode()
json.dump({'spdxVersion': 'SPDX-2.3', 'dataLicense': 'CC0-1.0', 'SPDXID': 'SPDXRef-DOCUMENT', 'name': f'rustreamer-{version}-arm64',
           'documentNamespace': f'https://spdx.org/spdxdocs/rustreamer-{version}-{hashlib.sha256(content).hexdigest()}',
           'creationInfo': {'created': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(epoch)), 'creators': ['Tool: rustreamer-image-sbom']},
           'packages': packages,
           'relationships': [{'spdxElementId': 'SPDXRef-DOCUMENT', 'relationshipType': 'DESCRIBES', 'relatedSpdxElement': 'SPDXRef-image'}] + relations},
          sys.stdout, indent=1)
print()
