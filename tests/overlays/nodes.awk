# Reads a tree as `dtc -I dtb -O dts -s` writes it. For each node that a driver may bind to (it has `compatible`, and neither it nor a node above it is
# disabled) it prints a line: the path, and all of the node's own properties.
function path(    i, joined) {
    for (i = 2; i <= depth; i++) joined = joined "/" name[i]
    return joined == "" ? "/" : joined
}
/\{$/ {
    depth++
    name[depth] = $(NF - 1)
    own[depth] = ""
    may[depth] = 0
    off[depth] = depth > 1 && off[depth - 1]
    next
}
/^[ \t]*\};$/ {
    if (may[depth] && !off[depth]) print path() "\t" own[depth]
    depth--
    next
}
depth {
    sub(/^[ \t]*/, "")
    own[depth] = own[depth] $0
    if ($1 == "compatible") may[depth] = 1
    if ($0 == "status = \"disabled\";") off[depth] = 1
}
