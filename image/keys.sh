#!/bin/bash
# keys.sh FOLDER: keys for trying updates out: ca.pem (what an image is to have) and signer.key, signer.pem (what signs its bundles). Once there,
# they stay. For releases, make your own, keep the authority's key away from every network, and give it a longer life than the cards.
set -euo pipefail
folder=$1
[ -e "$folder/signer.pem" ] && exit 0
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"
new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${new[@]}" -keyout ca.key -out ca.pem -days 3650 -subj '/CN=rustreamer TEST, not for release' \
    -addext keyUsage=critical,keyCertSign,cRLSign -addext basicConstraints=critical,CA:TRUE 2> /dev/null
openssl req "${new[@]}" -keyout signer.key -out signer.csr -subj '/CN=rustreamer TEST signer' 2> /dev/null
printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n' > extensions
openssl x509 -req -in signer.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile extensions -out signer.new 2> /dev/null
mv signer.new signer.pem
