;; A start function that does not end.
(module (func $spin (loop $l (br $l))) (start $spin))
