#!/bin/sh
# The command in the image: process 1 of its container, so that it gets the signals.
exec /opt/selvedge/bin/node /opt/selvedge/dist/selvedge/selvedge.js "$@"
