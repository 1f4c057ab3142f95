code = 1

if code:
    raise Exception("FAIL")
