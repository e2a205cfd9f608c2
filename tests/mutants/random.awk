# Draws n mutants from C files by `seed`: a line each with id, file, line number, line, mutated line. Comments, strings,
# preprocessor lines, assertions and the making of messages are left alone. The same seed and source make the same ones.

function site(new) {
    if (new == $0)
        return
    place[sites] = FILENAME "\t" FNR
    old[sites] = $0
    mutated[sites++] = new
}

# Every place of an operator in the line
function swap(from, to,    at, start) {
    start = 1
    while ((at = index(substr(code, start), from))) {
        at += start - 1
        site(substr($0, 1, at - 1) to substr($0, at + length(from)))
        start = at + length(from)
    }
}

# A number as a word of its own, one larger
function numbers(    at, start, length_, text) {
    start = 1
    while (match(substr(code, start), /[^A-Za-z0-9_.][0-9]+[^A-Za-z0-9_.]/)) {
        at = start + RSTART
        length_ = RLENGTH - 2
        text = substr($0, at, length_)
        site(substr($0, 1, at - 1) (text + 1) substr($0, at + length_))
        if (text == 1)
            site(substr($0, 1, at - 1) 0 substr($0, at + length_))
        start = at + length_
    }
}

# if (x) becomes if (!(x)), where the condition ends in this line
function negate(    at, i, depth, c) {
    at = index(code, "if (")
    if (!at || (at > 1 && substr(code, at - 1, 1) ~ /[A-Za-z0-9_]/))
        return
    for (i = at + 3; i <= length(code); i++) {
        c = substr(code, i, 1)
        depth += c == "(" ? 1 : c == ")" ? -1 : 0
        if (!depth)
            break
    }
    if (depth == 0 && i > at + 4)
        site(substr($0, 1, at + 3) "!(" substr($0, at + 4, i - at - 4) ")" substr($0, i))
}

# A statement of its own line that calls or assigns, and no declaration
function lose(    t, opened, closed) {
    if (code !~ /^ +[A-Za-z_*][A-Za-z0-9_>.*\[\]-]*( [-+*\/|&^%]?=[^=].*|\(.*\)|\+\+|--);$/)
        return
    t = code
    opened = gsub(/\(/, "", t)
    closed = gsub(/\)/, "", t)
    if (opened != closed || code ~ /^ +(return|goto|free|sizeof)/)
        return
    match($0, /^ +/)
    site(substr($0, 1, RLENGTH) ";")
}

# $0 with what is no code masked by @
function masked(    i, c, out, quote, two) {
    if (!comment && $0 !~ /["'\/]/)
        return $0
    out = ""
    for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        two = substr($0, i, 2)
        if (comment) {
            if (two == "*/") { comment = 0; i++; out = out "@" }
            out = out "@"
        } else if (quote) {
            if (c == "\\") { i++; out = out "@" }
            else if (c == quote) quote = ""
            out = out "@"
        } else if (two == "/*") { comment = 1; i++; out = out "@@" }
        else if (two == "//") { while (i++ <= length($0)) out = out "@" }
        else if (c == "\"" || c == "\047") { quote = c; out = out "@" }
        else out = out c
    }
    return out
}

FNR == 1 { comment = continued = 0 }
{
    code = masked()
    directive = continued || $0 ~ /^[ \t]*#/
    continued = directive && $0 ~ /\\$/
    if (directive || code ~ /^[@ ]*$/ || code ~ /SIAM_ASSERT|_Static_assert|siam_fail|siam_hint|snprintf\(|sizeof \*?[a-z]+\)/ && code !~ /if \(/)
        next
    if (code ~ /siam_fail|siam_hint|NULL\)|!.*alloc/)
        next
    swap(" < ", " <= "); swap(" <= ", " < "); swap(" > ", " >= "); swap(" >= ", " > ")
    swap(" == ", " != "); swap(" != ", " == "); swap(" && ", " || "); swap(" || ", " && ")
    swap(" + ", " - "); swap(" - ", " + "); swap(" / ", " * "); swap(" % ", " / ")
    swap(" += ", " -= "); swap(" -= ", " += "); swap(" & ", " | "); swap(" << ", " >> "); swap(" >> ", " << ")
    swap("return true;", "return false;"); swap("return false;", "return true;")
    numbers()
    negate()
    lose()
}
END {
    x = seed % 2147483646 + 1
    for (i = 0; i < 20; i++)
        x = (x * 16807) % 2147483647
    for (i = 0; i < sites; i++)
        order[i] = i
    for (i = 0; i < n && i < sites; i++) {
        x = (x * 16807) % 2147483647
        j = i + x % (sites - i)
        k = order[j]; order[j] = order[i]; order[i] = k
        print "random-" seed "-" (i + 1) "\t" place[k] "\t" old[k] "\t" mutated[k]
    }
}
