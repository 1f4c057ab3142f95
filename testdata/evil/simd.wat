;; class 21: a feature that hooks do not have
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32) (i32x4.extract_lane 0 (v128.const i32x4 0 0 0 0))))
