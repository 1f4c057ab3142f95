"""Says for each file named on stdin which literals it assigns at its top level, as Python itself reads it, and checks rewritten files."""
import ast, json, math, sys

NONE = object()


def literal(node, source):
    if isinstance(node, ast.Constant):
        v = node.value
        if isinstance(v, bool) or v is None:
            return v
        if isinstance(v, int):
            return v if -(2**63) <= v < 2**63 else NONE
        if isinstance(v, float):
            return v if math.isfinite(v) else NONE
        if isinstance(v, str):
            named = "\\N" in source and "\\N" in ast.get_source_segment(source, node)
            half = any(0xD800 <= ord(c) < 0xE000 for c in v)
            return NONE if named or half else v
        return NONE
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)) and isinstance(node.operand, ast.Constant):
        v = literal(node.operand, source)
        if isinstance(v, (int, float)) and not isinstance(v, bool):
            return -v if isinstance(node.op, ast.USub) else v
        return NONE
    if isinstance(node, ast.List) or isinstance(node, ast.Tuple) and source_at(node, source) == "(":
        items = [literal(e, source) for e in node.elts]
        return NONE if any(i is NONE for i in items) else items
    return NONE


def source_at(node, source):
    return chr(source.split("\n")[node.lineno - 1].encode()[node.col_offset])


def flags(source):
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        elif isinstance(node, ast.AnnAssign) and node.value:
            target = node.target
        else:
            continue
        if not isinstance(target, ast.Name) or target.id.startswith("_") or target.id in found:
            continue
        v = literal(node.value, source)
        if v is not NONE:
            found[target.id] = v
    return found


for path in sys.stdin:
    path = path.rstrip("\n")
    try:
        with open(path, "rb") as f:
            source = f.read().decode("utf-8-sig")
        found = flags(source.replace("\r\n", "\n"))
    except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError):
        continue
    print(path)
    print(json.dumps(found, ensure_ascii=False))
