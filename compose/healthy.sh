#!/usr/bin/env bash
# Health checks of every image: bash alone, since starting Python or Java each few seconds costs more than the question.
#   healthy PORT        somebody listens
#   healthy PORT /path  ... and answers 200 to that
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
[ $# = 1 ] && exit 0
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
read -r -t 3 line <&3 || exit 1
[[ $line == HTTP/*' 200'* ]]
