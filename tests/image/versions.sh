# shellcheck shell=bash
# Sourced in the tree's root. The image's version, and that of the update that the tests make.
VERSION=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
# shellcheck disable=SC2034 # for those who source this
NEXT=${VERSION%.*}.$((${VERSION##*.} + 1))
