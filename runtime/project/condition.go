package project

import "fmt"

// Condition is a parsed `when` of a hook:
//
//	flags.env == "prod" && !(flags.epochs < 10) || "slow" in run.tags
//
// Values are numbers, strings in either quotes, true, false, null, lists in brackets, and dotted paths, which the
// caller looks up. A name that is no plain word is written in quotes: flags."a.b". Operators, from the tightest: "!";
// == != < <= > >= and "in"; "&&"; "||". Comparisons do not chain.
//
// Numbers compare as numbers (1 == 1.0) and never equal a string. A path that leads nowhere is null. Null is neither less nor
// more than anything, is in no list but one that has it, and counts as false. What else is no truth value is an error where one is wanted.
type Condition struct {
	root *term
}

// Bounds of a condition.
const (
	maxConditionLen   = 4096 // bytes
	maxConditionDepth = 32
)

// ConditionError is a slip in a condition.
type ConditionError struct {
	// Offset is in bytes, from 0.
	Offset int
	// Col counts characters, from 1.
	Col     int
	Problem string
}

func (e *ConditionError) Error() string { return fmt.Sprintf("at character %d: %s", e.Col, e.Problem) }

// term is a node of the tree.
type term struct {
	op    operator
	col   int
	value any     // of opValue
	path  string  // of opPath
	args  []*term // operands; elements of opList
}

type operator byte

const (
	opValue operator = iota
	opPath
	opList
	opNot
	opAnd
	opOr
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opIn
)

// comparisons by their signs.
var comparisons = map[string]operator{
	"==": opEqual, "!=": opNotEqual, "<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual, "in": opIn,
}
