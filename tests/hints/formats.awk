# The formats of every call of one function in C sources, one a line: FORMAT, tab, FILE:LINE.
#   awk -v call=siam_hint -f formats.awk FILE...
# The format is the second argument: literals, which may stand in several pieces with PRId64 and its relatives
# between them, or `condition ? format : format`. Any other is an error, so that nothing is left out.

BEGIN { RS = "\001" } # whole files

{
    text = $0
    line = 1
    while (match(text, "\"|'|/[*]|//|[A-Za-z_][A-Za-z_0-9]*")) {
        word = substr(text, RSTART, RLENGTH)
        skip(RSTART - 1)
        if (word != call) {
            skip(token_length())
            continue
        }
        begun = line
        skip(RLENGTH)
        if (text ~ /^[ \n]*\(/)
            read_call()
    }
}

END { exit failed }

function skip(n,    passed) {
    passed = substr(text, 1, n)
    line += gsub(/\n/, "", passed)
    text = substr(text, n + 1)
}

# The length of the token at the start of text; a comment and white space are tokens, too.
function token_length(    n) {
    if (substr(text, 1, 2) == "/*") {
        n = index(substr(text, 3), "*/")
        return n ? n + 3 : length(text)
    }
    if (substr(text, 1, 2) == "//") {
        n = index(text, "\n")
        return n ? n - 1 : length(text)
    }
    if (match(text, /^"([^"\\]|\\.)*"/) || match(text, /^'([^'\\]|\\.)[^']*'/) || match(text, /^[ \t\n\\]+/) ||
        match(text, /^[A-Za-z_0-9]+/))
        return RLENGTH
    return 1
}

# text starts at the parenthesis of a call: its arguments as tokens, those of the second one in token[1..ntoken].
function read_call(    depth, argument, t, first) {
    depth = ntoken = 0
    argument = 1
    while (text != "") {
        t = substr(text, 1, token_length())
        skip(length(t))
        if (t ~ /^[ \t\n\\]/ || t ~ /^\/[*\/]/)
            continue
        if (t ~ /^[([{]$/ && depth++ == 0)
            continue
        if (t ~ /^[])}]$/ && --depth == 0)
            break
        if (depth == 1 && t == ",") {
            argument++
            continue
        }
        if (argument == 1)
            first = first " " t
        if (argument == 2)
            token[++ntoken] = t
    }
    if (first !~ /siam_err [*]/) # a call, not the declaration or the definition
        read_format(1, ntoken)
}

function read_format(from, to,    i, depth, question, colon, format) {
    if (token[from] == "(" && token[to] == ")") { # around the whole
        from++
        to--
    }
    for (i = from; i <= to; i++) {
        depth += token[i] == "?"
        if (token[i] == "?" && !question)
            question = i
        if (token[i] == ":" && depth-- == 1 && !colon)
            colon = i
    }
    if (question && colon) {
        read_format(question + 1, colon - 1)
        read_format(colon + 1, to)
        return
    }
    for (i = from; i <= to; i++)
        if (token[i] ~ /^"/)
            format = format literal(token[i])
        else if (token[i] ~ /^PRI[diux](8|16|32|64|MAX|PTR)$/)
            format = format substr(token[i], 4, 1)
        else
            return complain("this script cannot read the format of " call ": write it as literals in the call")
    if (format == "" || format == "%s")
        return complain("the format of " call " says nothing: write the words in the call")
    print format "\t" FILENAME ":" begun
}

function literal(t) {
    t = substr(t, 2, length(t) - 2)
    gsub(/\\"/, "\"", t)
    if (t ~ /\\[^\\]/ && t !~ /\\\\/)
        complain("this script does not know the escape in " t)
    gsub(/\\\\/, "\\", t)
    return t
}

function complain(what) {
    print FILENAME ":" begun ": " what | "cat >&2"
    failed = 1
}
