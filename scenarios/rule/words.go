package rule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"weighbridge/scenarios/metric"
)

// These are what may stand in an expression, in words.
const (
	anOperand    = `a metric, a number or ratio(metric, "head", "base")`
	anOperator   = "an operator (+ - * / < <= > >= and or)"
	selected     = `levels in quotes, such as "axis=level"`
	aPlainNumber = "a plain number such as 800 or 0.01 (latencies are in ms, shares 0…1)"
)

// words are a text and its tokens, the end among them.
type words struct {
	text   []rune
	tokens []lexer.Token
}

// wordsOf takes a text apart and refuses, where it stands, the first thing that
// the library's language has and rules have not.
func wordsOf(text string) (words, error) {
	w := words{text: []rune(text)}
	lex := lexer.New()
	lex.Reset(file.NewSource(text))
	for end := 0; ; end = w.tokens[len(w.tokens)-1].To {
		start := end
		for start < len(w.text) && unicode.IsSpace(w.text[start]) {
			start++
		}
		token, err := lex.Next()
		switch {
		case err != nil:
			return w, Error{start + 1, w.unread(start)}
		case token.Is(lexer.EOF):
			if start < len(w.text) {
				return w, Error{start + 1, "comments are no part of an expression"}
			}
			token.Location = file.Location{From: end, To: end}
			w.tokens = append(w.tokens, token)
			return w, w.vet()
		case token.From > start:
			return w, Error{start + 1, "comments are no part of an expression"}
		}
		w.tokens = append(w.tokens, token)
	}
}

// unread says what cannot be read as any word.
func (w words) unread(start int) string {
	rest := string(w.text[start:])
	word := rest
	if end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' }); end > 0 {
		word = rest[:end]
	}
	switch first := w.text[start]; {
	case strings.HasPrefix(rest, "/*"):
		return "comments are no part of an expression"
	case first == '"' || first == '\'' || first == '`' || first == 'b' || first == 'B':
		return "expected text that ends in its quote on the same line, without unknown escapes"
	case first == '.' || '0' <= first && first <= '9':
		return fmt.Sprintf("expected %s, found %s", aPlainNumber, word)
	}
	return fmt.Sprintf("expected %s or %s, found %q", anOperand, anOperator, string(w.text[start]))
}

// vet says what is wrong with the first token that no rule has.
func (w words) vet() error {
	for i, token := range w.tokens {
		message := ""
		switch token.Kind {
		case lexer.Operator, lexer.Bracket:
			message = foreign(token.Value)
		case lexer.Bytes:
			message = "bytes are no part of an expression: expected " + anOperand
		case lexer.Number:
			if !plain(token.Value) {
				message = fmt.Sprintf("expected %s, found %s", aPlainNumber, token.Value)
			}
		case lexer.Identifier:
			if w.tokens[i+1].Is(lexer.Bracket, "(") {
				message = notCalled(token.Value)
			}
		}
		if message != "" {
			return Error{token.From + 1, message}
		}
	}
	return nil
}

// foreign says why an operator or a bracket is not of the language, or "".
func foreign(mark string) string {
	switch mark {
	case "+", "-", "*", "/", "<", "<=", ">", ">=", "and", "or", "&&", "||", "not", "!", "(", ")", ",":
		return ""
	case "=", "==", "!=":
		return fmt.Sprintf("a measured figure has an interval, which %s asks nothing of: expected one of < <= > >=", mark)
	case "&", "|":
		return fmt.Sprintf("expected %s, found %q: did you mean %s?", anOperator, mark, mark+mark)
	case "%":
		return `expected ` + anOperator + `, found "%": a share of 1% is written 0.01`
	}
	return fmt.Sprintf("%q is no part of an expression: expected %s or %s", mark, anOperand, anOperator)
}

// plain reports whether a number is decimal, of digits alone, and one that the parser takes.
func plain(number string) bool {
	value, err := strconv.ParseFloat(number, 64)
	return err == nil && !strings.Contains(number, "_") && (strings.ContainsAny(number, ".eE") || value < 1<<63)
}

// notCalled says why nothing of a name can be called, or "".
func notCalled(name string) string {
	switch {
	case name == "ratio":
		return ""
	case slices.Contains(metric.Expressions(), name):
		return fmt.Sprintf("%s is a metric and takes no brackets", name)
	}
	if _, near := nearest(name, []string{"ratio"}); near {
		return fmt.Sprintf("unknown function %q: did you mean ratio?", name)
	}
	return fmt.Sprintf(`unknown function %q: expected ratio(metric, "head", "base")`, name)
}

// syntax says in words of the language what the parser refused: a token that
// stands where it cannot. What else the parser may refuse was vetted before.
func (w words) syntax(err error) Error {
	last := len(w.tokens) - 1
	at := last
	var wrong *file.Error
	if errors.As(err, &wrong) && !strings.HasSuffix(wrong.Message, string(lexer.EOF)) {
		at = max(0, slices.IndexFunc(w.tokens, func(t lexer.Token) bool { return t.From == wrong.From }))
	}
	found := "the end"
	if at < last {
		found = strconv.Quote(string(w.text[w.tokens[at].From:w.tokens[at].To]))
	}
	return Error{w.tokens[at].From + 1, fmt.Sprintf("expected %s, found %s", w.expected(at), found)}
}

// expected is what may stand in a token's place.
func (w words) expected(at int) string {
	if at > 0 && w.tokens[at-1].Is(lexer.Operator, ",") {
		return selected
	}
	if at == 0 || w.tokens[at-1].Is(lexer.Operator) || w.tokens[at-1].Is(lexer.Bracket, "(") {
		return anOperand
	}
	open := 0
	for _, token := range w.tokens[:at] {
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
