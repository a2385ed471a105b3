#!/bin/sh
# kube-router's manifests give flags and no command: they are the proxy's.
case "${1-}" in
  --help | --version | -h | -V) ;;
  -*) set -- proxy "$@" ;;
esac
exec selvedge "$@"
