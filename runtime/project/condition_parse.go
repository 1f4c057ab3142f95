package project

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseCondition reads a condition. The error is a *ConditionError.
func ParseCondition(expr string) (*Condition, error) {
	p := conditionParser{lex: conditionLexer{src: expr}}
	if len(expr) > maxConditionLen {
		return nil, &ConditionError{Col: 1, Problem: "a condition has at most " + strconv.Itoa(maxConditionLen) + " bytes"}
	}
	if !utf8.ValidString(expr) {
		return nil, &ConditionError{Col: 1, Problem: "want text in UTF-8"}
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, p.unexpected("want an operator or the end")
	}
	return &Condition{root: root}, nil
}

type conditionParser struct {
	lex conditionLexer
	tok token
}

func (p *conditionParser) advance() (err error) {
	p.tok, err = p.lex.next()
	return err
}

func (p *conditionParser) is(sign string) bool {
	return p.tok.text == sign && (p.tok.kind == tokenSign || p.tok.kind == tokenWord)
}

func (p *conditionParser) unexpected(want string) error {
	if p.tok.kind == tokenEnd {
		return p.lex.fail(p.tok.offset, "%s, not the end", want)
	}
	return p.lex.fail(p.tok.offset, "%s, not %s", want, strconv.Quote(p.tok.text))
}

func (p *conditionParser) term(op operator) *term {
	return &term{op: op, col: utf8.RuneCountInString(p.lex.src[:p.tok.offset]) + 1}
}

func (p *conditionParser) or(depth int) (*term, error) { return p.chain("||", opOr, depth, p.and) }

func (p *conditionParser) and(depth int) (*term, error) { return p.chain("&&", opAnd, depth, p.not) }

func (p *conditionParser) chain(sign string, op operator, depth int, operand func(int) (*term, error)) (*term, error) {
	t := p.term(op)
	for {
		arg, err := operand(depth)
		if err != nil {
			return nil, err
		}
		t.args = append(t.args, arg)
		if !p.is(sign) {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if len(t.args) == 1 {
		return t.args[0], nil
	}
	return t, nil
}

// deeper bounds the recursion.
func (p *conditionParser) deeper(depth int) (int, error) {
	if depth == maxConditionDepth {
		return 0, p.lex.fail(p.tok.offset, "nested more than %d deep", maxConditionDepth)
	}
	return depth + 1, nil
}

func (p *conditionParser) not(depth int) (*term, error) {
	if !p.is("!") {
		return p.comparison(depth)
	}
	depth, err := p.deeper(depth)
	if err != nil {
		return nil, err
	}
	t, at := p.term(opNot), p.tok.offset
	if err := p.advance(); err != nil {
		return nil, err
	}
	operand := p.operand
	if p.is("!") {
		operand = p.not
	}
	arg, err := operand(depth)
	if err != nil {
		return nil, err
	}
	// Languages differ in what "!a == b" means, so it is not written here.
	if _, ok := comparisons[p.tok.text]; ok && p.tok.kind != tokenValue {
		return nil, p.lex.fail(at, `"!" before a comparison needs parentheses: !(a %s b)`, p.tok.text)
	}
	t.args = []*term{arg}
	return t, nil
}

func (p *conditionParser) comparison(depth int) (*term, error) {
	left, err := p.operand(depth)
	if err != nil {
		return nil, err
	}
	op, ok := comparisons[p.tok.text]
	if !ok || p.tok.kind == tokenValue {
		return left, nil
	}
	t := p.term(op)
	if err := p.advance(); err != nil {
		return nil, err
	}
	right, err := p.operand(depth)
	if err != nil {
		return nil, err
	}
	if _, again := comparisons[p.tok.text]; again && p.tok.kind != tokenValue {
		return nil, p.lex.fail(p.tok.offset, "comparisons do not chain, use &&")
	}
	t.args = []*term{left, right}
	return t, nil
}

func (p *conditionParser) operand(depth int) (*term, error) {
	t := p.term(opValue)
	switch {
	case p.tok.kind == tokenValue:
		t.value = p.tok.value
		return t, p.advance()
	case p.is("("):
		return p.group(depth)
	case p.is("["):
		return p.list(depth)
	case p.is("true"), p.is("false"):
		t.value = p.tok.text == "true"
		return t, p.advance()
	case p.is("null"):
		return t, p.advance()
	case p.tok.kind == tokenWord && p.tok.text != "in":
		return p.path()
	}
	return nil, p.unexpected("want a value")
}

func (p *conditionParser) group(depth int) (*term, error) {
	depth, err := p.deeper(depth)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	inner, err := p.or(depth)
	if err != nil {
		return nil, err
	}
	if !p.is(")") {
		return nil, p.unexpected(`want ")"`)
	}
	return inner, p.advance()
}

func (p *conditionParser) list(depth int) (*term, error) {
	t := p.term(opList)
	depth, err := p.deeper(depth)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	for !p.is("]") {
		e, err := p.operand(depth)
		if err != nil {
			return nil, err
		}
		t.args = append(t.args, e)
		if p.is(",") {
			if err := p.advance(); err != nil {
				return nil, err
			}
		} else if !p.is("]") {
			return nil, p.unexpected(`want "," or "]"`)
		}
	}
	return t, p.advance()
}

// path reads a.b."c d".3 and keeps it in the form that event_get reads.
func (p *conditionParser) path() (*term, error) {
	t := p.term(opPath)
	parts := []string{p.tok.text}
	if err := p.advance(); err != nil {
		return nil, err
	}
	for p.is(".") {
		// A part may be a number, which the lexer would read together with the point behind it.
		part, err := p.part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	t.path = strings.Join(parts, ".")
	return t, nil
}

func (p *conditionParser) part() (string, error) {
	if l := &p.lex; l.i < len(l.src) && isDigit(l.src[l.i]) {
		start := l.i
		for l.i < len(l.src) && isDigit(l.src[l.i]) {
			l.i++
		}
		return l.src[start:l.i], nil
	}
	if err := p.advance(); err != nil {
		return "", err
	}
	if s, ok := p.tok.value.(string); ok && p.tok.kind == tokenValue {
		return quotePart(s), nil
	}
	if p.tok.kind != tokenWord {
		return "", p.unexpected("want a name")
	}
	return p.tok.text, nil
}

// quotePart writes a part of a path with quotes if it needs them.
func quotePart(s string) string {
	plain := s != ""
	for i := range len(s) {
		plain = plain && (wordStart(s[i]) || isDigit(s[i]) || s[i] == '-')
	}
	if plain {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
