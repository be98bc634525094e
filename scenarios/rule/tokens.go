package rule

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"weighbridge/scenarios/metric"
)

// What is expected in an expression, in words.
const (
	anOperand    = `a metric, a number or ratio(metric, "head", "base")`
	anOperator   = "an operator (+ - * / < <= > >= and or)"
	levelsText   = `levels in quotes, such as "axis=level"`
	aPlainNumber = "a plain number such as 800 or 0.01 (latencies are in ms, shares 0…1)"
)

// tokens are a text and its tokens, with the end as the last.
type tokens struct {
	text []rune
	list []lexer.Token
}

// tokenize splits a text into tokens. An error is the first token that the library's
// language has and ours does not.
func tokenize(text string) (tokens, error) {
	t := tokens{text: []rune(text)}
	lex := lexer.New()
	lex.Reset(file.NewSource(text))
	for end := 0; ; end = t.list[len(t.list)-1].To {
		start := end
		for start < len(t.text) && unicode.IsSpace(t.text[start]) {
			start++
		}
		token, err := lex.Next()
		switch {
		case err != nil:
			return t, Error{start + 1, t.unreadable(start)}
		case token.Is(lexer.EOF):
			if start < len(t.text) {
				return t, Error{start + 1, "comments are not allowed in an expression"}
			}
			token.Location = file.Location{From: end, To: end}
			t.list = append(t.list, token)
			return t, t.check()
		case token.From > start:
			return t, Error{start + 1, "comments are not allowed in an expression"}
		}
		t.list = append(t.list, token)
	}
}

// unreadable says what is wrong where no token can be read.
func (t tokens) unreadable(start int) string {
	rest := string(t.text[start:])
	word := rest
	if end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' }); end > 0 {
		word = rest[:end]
	}
	switch first := t.text[start]; {
	case strings.HasPrefix(rest, "/*"):
		return "comments are not allowed in an expression"
	case first == '"' || first == '\'' || first == '`' || first == 'b' || first == 'B':
		return "expected a text with its closing quote on the same line, and without unknown escapes"
	case first == '.' || '0' <= first && first <= '9':
		return fmt.Sprintf("expected %s, found %s", aPlainNumber, word)
	}
	return fmt.Sprintf("expected %s or %s, found %q", anOperand, anOperator, string(t.text[start]))
}

// check refuses the first token that our language does not have.
func (t tokens) check() error {
	for i, token := range t.list {
		message := ""
		switch token.Kind {
		case lexer.Operator, lexer.Bracket:
			message = checkOperator(token.Value)
		case lexer.Bytes:
			message = "bytes are not allowed in an expression: expected " + anOperand
		case lexer.Number:
			if !isPlain(token.Value) {
				message = fmt.Sprintf("expected %s, found %s", aPlainNumber, token.Value)
			}
		case lexer.Identifier:
			if t.list[i+1].Is(lexer.Bracket, "(") {
				message = checkCall(token.Value)
			}
		}
		if message != "" {
			return Error{token.From + 1, message}
		}
	}
	return nil
}

// checkOperator says why an operator or a bracket is not in our language; "" if it is.
func checkOperator(mark string) string {
	switch mark {
	case "+", "-", "*", "/", "<", "<=", ">", ">=", "and", "or", "&&", "||", "not", "!", "(", ")", ",":
		return ""
	case "=", "==", "!=":
		return fmt.Sprintf("a measured figure has an interval and cannot be judged by %s: expected one of < <= > >=", mark)
	case "&", "|":
		return fmt.Sprintf("expected %s, found %q: did you mean %s?", anOperator, mark, mark+mark)
	case "%":
		return `expected ` + anOperator + `, found "%": a share of 1% is written 0.01`
	}
	return fmt.Sprintf("%q is not allowed in an expression: expected %s or %s", mark, anOperand, anOperator)
}

// isPlain reports whether a number is decimal, without underscores, and in the parser's range.
func isPlain(number string) bool {
	value, err := strconv.ParseFloat(number, 64)
	return err == nil && !strings.Contains(number, "_") && (strings.ContainsAny(number, ".eE") || value < 1<<63)
}

// checkCall says why a name cannot be called; "" if it can.
func checkCall(name string) string {
	switch {
	case forms()[name] != "":
		return ""
	case slices.Contains(metric.Expressions(), name):
		return fmt.Sprintf("%s is a metric and takes no brackets", name)
	}
	names := slices.Sorted(maps.Keys(forms()))
	if near, ok := nearest(name, names); ok {
		return fmt.Sprintf("unknown function %q: did you mean %s?", name, near)
	}
	return fmt.Sprintf("unknown function %q: expected one of %s", name, strings.Join(names, ", "))
}

// syntaxError turns the parser's error into one of ours: a token in the wrong place. check has
// refused whatever else the parser may refuse.
func (t tokens) syntaxError(err error) Error {
	last := len(t.list) - 1
	at := last
	var wrong *file.Error
	if errors.As(err, &wrong) && !strings.HasSuffix(wrong.Message, string(lexer.EOF)) {
		at = max(0, slices.IndexFunc(t.list, func(t lexer.Token) bool { return t.From == wrong.From }))
	}
	found := "the end"
	if at < last {
		found = strconv.Quote(string(t.text[t.list[at].From:t.list[at].To]))
	}
	return Error{t.list[at].From + 1, fmt.Sprintf("expected %s, found %s", t.expected(at), found)}
}

// expected describes what the parser expected in a token's place.
func (t tokens) expected(at int) string {
	if at > 0 && t.list[at-1].Is(lexer.Operator, ",") {
		return levelsText
	}
	if at == 0 || t.list[at-1].Is(lexer.Operator) || t.list[at-1].Is(lexer.Bracket, "(") {
		return anOperand
	}
	open := 0
	for _, token := range t.list[:at] {
		switch token.Value {
		case "(":
			open++
		case ")":
			open--
		}
	}
	if open > 0 {
		return anOperator + `, "," or ")"`
	}
	return anOperator
}
