#!/bin/sh
# Runs a command as another user on a read-only root, in a mount namespace of its own:
#   unshare --mount read_only_root.sh INTERPRETER CLOSED SCAFFOLD WRITABLE USER COMMAND...
# The interpreter's directory may lie below one that other users cannot enter (CLOSED, or "-"): there the scaffold, which they
# can enter and which holds nothing but the way to the interpreter, takes its place.
set -eu
interpreter=$1 closed=$2 scaffold=$3 writable=$4 user=$5
shift 5
mount --make-rprivate /
mount --bind "$writable" "$writable"
if [ "$closed" != - ]; then
    mount --bind "$interpreter" "$scaffold${interpreter#"$closed"}"
    mount -o remount,ro,bind "$scaffold${interpreter#"$closed"}"
    mount --rbind "$scaffold" "$closed"
    mount -o remount,ro,bind "$closed"
fi
mount -o remount,ro,bind /
exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
