#!/bin/sh
# Stands in for the Pulumi CLI in tests of how it is called, interrupted and believed. Its state is a file that
# `pulumi stack export` could have written. Node, which takes as long to start as all of this, is only there for `destroy`.
case "$1" in
version) echo v3.270.0 ;;
destroy) exec node "$STAND_IN_PULUMI/pulumi.mjs" "$@" ;;
*)
  if [ -e "$STAND_IN_PULUMI/signed-out" ]; then
    echo "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions" >&2
    exit 255
  fi
  [ -e "$STAND_IN_PULUMI/state.json" ] && exec /bin/cat "$STAND_IN_PULUMI/state.json"
  echo "error: no stack named '$4' found" >&2
  exit 6
  ;;
esac
